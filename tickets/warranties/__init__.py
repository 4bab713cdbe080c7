"""Warranty: which work and which parts need not be paid for a second time, told from what was repaired and fitted."""
