"""Phones and desks at work for minutes while everything under them is killed; then the laws are checked: `make soak`.

Reading path: `work` (who does what), `weather` (what happens to requests on the way), `office` (the processes, and how
they are killed), `soak` (all of it together, and what must be true in the end).
"""
