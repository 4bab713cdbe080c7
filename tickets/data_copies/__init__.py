"""A copy of all that we know of somebody, for themselves."""
