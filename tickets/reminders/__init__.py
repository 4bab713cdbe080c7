"""Reminders: before something that a customer counts on begins or ends, they hear of it, once, and not in the night."""
