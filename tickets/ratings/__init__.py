"""Why residents are satisfied or not: the reasons among which they choose."""
