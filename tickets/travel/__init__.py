"""How long it takes from one place to another, and how far that is."""
