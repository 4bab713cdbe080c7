"""Stock levels: how much of a part is to lie at a place, and below what it is filled up again."""
