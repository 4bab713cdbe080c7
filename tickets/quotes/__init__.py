"""Quotes: the priced list that a customer is shown and agrees to before the work that they pay for is done."""
