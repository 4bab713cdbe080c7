"""Callbacks: what an agent could not answer at once is answered within half an hour, and never falls between two."""
