"""Dispatches that are proved delivered, while whatever carries them dies and returns: `make soak-dispatches`."""
