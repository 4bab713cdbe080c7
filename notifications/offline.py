"""What phones may send and what they receive, gathered for the wiring."""

from notifications.notices.offline import DOCUMENTS, OPERATIONS

__all__ = ["DOCUMENTS", "OPERATIONS"]
