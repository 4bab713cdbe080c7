"""Identifiers of the demonstration: always the same for the same thing, so that loading twice finds it."""

from uuid import UUID, uuid5

DEMONSTRATION = UUID("6f1d2c52-8a6e-5a53-9a43-0d6f3a9b7f10")


def demo_id(kind: str, code: str) -> UUID:
    """The id of a thing of the demonstration, from what it is and what it is called."""
    return uuid5(DEMONSTRATION, f"{kind}:{code}")
