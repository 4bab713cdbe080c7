"""The catalogue: what parts there are, and what technicians found that was not in it yet."""
