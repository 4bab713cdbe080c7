"""Places that hold stock: depots, vans, and the places that stock passes through."""
