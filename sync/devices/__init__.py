"""Phones: which there are, when they were last heard of, what their clocks are worth."""
