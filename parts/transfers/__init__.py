"""Transfers: parts sent from one of our places to another, on the way, and received."""
