"""Somebody wants to be forgotten: the trade's records stay, and the person goes out of them."""
