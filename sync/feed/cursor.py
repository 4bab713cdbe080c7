"""A cursor: how far a phone has pulled, sealed so that nobody can make one up.

It holds the epoch of the database, whom it was made for, and a place per scope. A scope that its owner no longer holds
is being left: its documents are withdrawn page by page.
"""

import binascii
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

import orjson
from django.core.signing import BadSignature, Signer

from fieldsvc.errors import Gone


def _signer() -> Signer:
    return Signer(salt="sync.cursor")


class Place(NamedTuple):
    """How far a scope has been read, and the number up to which its tombstones are none of this phone's business."""

    position: int
    floor: int


@dataclass(slots=True)
class Cursor:
    """Places by scope id: in the scopes that are open, and in those that are being left."""

    epoch: UUID
    person: str
    open: dict[int, Place] = field(default_factory=dict)
    leaving: dict[int, Place] = field(default_factory=dict)

    def encode(self) -> str:
        """The opaque text that travels."""
        content = orjson.dumps(
            [
                self.epoch,
                self.person,
                [[k, *v] for k, v in self.open.items()],
                [[k, *v] for k, v in self.leaving.items()],
            ]
        )
        return _signer().sign(urlsafe_b64encode(zlib.compress(content, 6)).decode().rstrip("="))

    @classmethod
    def decode(cls, text: str, *, epoch: UUID, person: str) -> "Cursor":
        """Read a cursor of this person and of this life of the database.

        Raises Gone("resync_required") for any other: the phone starts over and keeps its outbox.
        """
        try:
            packed = _signer().unsign(text)
            content = zlib.decompress(urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))
            of_epoch, of_person, *places = orjson.loads(content)
        except (BadSignature, ValueError, zlib.error, binascii.Error) as error:
            raise resync_required() from error
        if UUID(of_epoch) != epoch or of_person != person:
            raise resync_required()
        is_open, leaving = ({scope: Place(*place) for scope, *place in rows} for rows in places)
        return cls(epoch, person, is_open, leaving)


def resync_required() -> Gone:
    """The refusal that makes a phone start over. Its outbox stays valid."""
    return Gone("resync_required", "Start again without a cursor; keep the outbox, it is still welcome.")
