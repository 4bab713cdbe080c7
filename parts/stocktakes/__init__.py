"""Stocktakes: somebody counts what really lies at a place, and the books follow."""
