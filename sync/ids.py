"""Identifiers that anyone may make, also without signal: UUID version 7 (RFC 9562), ordered by time of making."""

from uuid import UUID

from uuid_utils import compat


def uuid7() -> UUID:
    """A new identifier."""
    return compat.uuid7()
