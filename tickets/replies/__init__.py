"""Templates for what the desk writes to customers, so that nobody has to word the same thing twice."""
