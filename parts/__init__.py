"""Parts: what there is to fit, where it lies, and every movement of it."""
