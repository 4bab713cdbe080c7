"""Complaints from a city's own system: a civic export read row by row into tickets."""
