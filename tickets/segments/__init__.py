"""Segments of networks: the pipes, cables and feeders on which sites hang, whichever complex they belong to."""
