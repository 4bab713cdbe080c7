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
from sync.schemas import reshaped


def _signer() -> Signer:
    return Signer(salt="sync.cursor")


class Place(NamedTuple):
    """Where a phone stands in a scope.

    `position`: the scope has been read up to this number. `floor`: tombstones up to this number were told before, or
    were there before the phone opened the scope. `seen`: the scope's newest number at the last pull for which it was
    open; of what came into it later this phone knows nothing, and is told nothing when it leaves.
    """

    position: int
    floor: int
    seen: int

    @property
    def remembered(self) -> int:
        """No tombstone above this number may be missing from the database."""
        return max(self.position, self.floor)

    def from_the_start(self) -> "Place":
        """The same phone before the first entry: all is read again, but no tombstone told twice."""
        return Place(0, self.remembered, self.seen)


@dataclass(slots=True)
class Cursor:
    """Places by scope id: in the scopes that are open, the fullest view first, and in those that are being left.

    `schema` is the version in whose words the phone has its documents. `first` says that this is a first sync, not yet
    at its end.
    """

    epoch: UUID
    person: str
    schema: int
    first: bool = True
    open: dict[int, Place] = field(default_factory=dict)
    leaving: dict[int, Place] = field(default_factory=dict)

    def encode(self) -> str:
        """The opaque text that travels."""
        content = orjson.dumps(
            [
                self.epoch,
                self.person,
                self.schema,
                self.first,
                [[k, *v] for k, v in self.open.items()],
                [[k, *v] for k, v in self.leaving.items()],
            ]
        )
        return _signer().sign(urlsafe_b64encode(zlib.compress(content, 6)).decode().rstrip("="))

    @classmethod
    def decode(cls, text: str) -> "Cursor":
        """Read a cursor that was sealed here. Raises Gone("resync_required") for any other text."""
        try:
            packed = _signer().unsign(text)
            content = zlib.decompress(urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))
            epoch, person, schema, first, *places = orjson.loads(content)
            is_open, leaving = ({scope: Place(*place) for scope, *place in rows} for rows in places)
            return cls(UUID(epoch), person, schema, first, is_open, leaving)
        except (BadSignature, ValueError, TypeError, zlib.error, binascii.Error) as error:
            raise resync_required() from error

    def must_be_of(self, epoch: UUID, person: str, schema: int) -> None:
        """It was made in this life of the database, for this person, and for a phone of this version.

        A phone that has been brought to another version, in which documents look different, starts over as well.

        Raises Gone("resync_required"): the phone starts over and keeps its outbox.
        """
        if self.epoch != epoch:
            raise resync_required(replay=self.person == person)
        if self.person != person or reshaped(self.schema) != reshaped(schema):
            raise resync_required()


def resync_required(*, replay: bool = False) -> Gone:
    """The refusal that makes a phone start over. Its outbox stays valid.

    With `replay`, we may have forgotten operations that it was answered: it sends those again, too.
    """
    return Gone("resync_required", "Start again without a cursor; keep the outbox, it is still welcome.", replay=replay)
