"""Who did what, when, on whose behalf, from which device: written by the database itself, and never changed."""
