"""Bills: what the customer owes, made from what they agreed to and what was really used; and what was corrected."""
