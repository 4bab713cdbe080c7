"""Refunds: what customers get back of what they paid, and what we owe them for having charged too much."""
