"""Complaints about staff: a route of their own, which the person concerned cannot see."""
