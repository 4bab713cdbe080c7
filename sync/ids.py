"""Identifiers that anyone may make, also without signal: UUID version 7 (RFC 9562), ordered by time of making."""

from datetime import datetime
from uuid import UUID

from uuid_utils import compat


def uuid7() -> UUID:
    """A new identifier."""
    return compat.uuid7()


def from_then_on(moment: datetime) -> UUID:
    """No identifier made before that millisecond is as large as this, and none made since is smaller."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)
