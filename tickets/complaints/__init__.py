"""The complaint itself: a ticket, its states, what happened to it, what was said about it.

Read `transitions.py` first: the table there is the life of a ticket.
"""
