"""Allocations: stock that is promised to a planned visit, so that nobody else takes it."""
