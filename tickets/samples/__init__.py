"""Samples of closed tickets, in which paper and record are compared."""
