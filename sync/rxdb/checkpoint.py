"""A checkpoint: how far a client has pulled one collection, sealed so that nobody can make one up.

It holds the epoch of the database, whom and which collection it is for, when it was made, and a place per scope, the
scope with the fullest view first.
"""

import binascii
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

import orjson
from django.core.signing import BadSignature, Signer

from sync.feed.cursor import resync_required


def _signer() -> Signer:
    return Signer(salt="sync.rxdb.checkpoint")


class Place(NamedTuple):
    """Where a client stands in a scope: as in `sync.feed.cursor`."""

    position: int
    floor: int
    seen: int

    def from_the_start(self) -> "Place":
        """All is read again, but no tombstone told twice."""
        return Place(0, max(self.position, self.floor), self.seen)


class Newest(NamedTuple):
    """The newest number of a scope, and the highest of a tombstone of it that is forgotten."""

    last_seq: int
    pruned_seq: int


Places = dict[int, Place]


@dataclass(slots=True)
class Checkpoint:
    """Places by scope id: in the scopes that are open, and in those that are being left."""

    epoch: UUID
    person: str
    collection: str
    made_at: int
    """In seconds since 1970."""
    open: Places = field(default_factory=dict)
    leaving: Places = field(default_factory=dict)

    def encode(self) -> str:
        """The opaque text that travels."""
        content = orjson.dumps(
            [
                self.epoch,
                self.person,
                self.collection,
                self.made_at,
                [[scope, *place] for scope, place in self.open.items()],
                [[scope, *place] for scope, place in self.leaving.items()],
            ]
        )
        return _signer().sign(urlsafe_b64encode(zlib.compress(content, 6)).decode().rstrip("="))

    @classmethod
    def decode(cls, text: str, *, epoch: UUID, person: str, collection: str) -> "Checkpoint":
        """Read a checkpoint of this person, this collection and this life of the database.

        Raises Gone("resync_required") for any other.
        """
        try:
            packed = _signer().unsign(text)
            content = zlib.decompress(urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))
            of_epoch, of_person, of_collection, made_at, *places = orjson.loads(content)
            is_open, leaving = ({scope: Place(*place) for scope, *place in rows} for rows in places)
        except (BadSignature, ValueError, TypeError, zlib.error, binascii.Error) as error:
            raise resync_required() from error
        if (UUID(of_epoch), of_person, of_collection) != (epoch, person, collection):
            raise resync_required()
        return cls(epoch, person, collection, made_at, is_open, leaving)

    def turn_to(self, ranked: Sequence[int], newest: Mapping[int, Newest]) -> None:
        """Compare the scopes with those that the person may pull now.

        Raises Gone("resync_required") where this database has forgotten what the client has seen, or has not seen yet.
        """
        for scope_id, place in (*self.open.items(), *self.leaving.items()):
            known = newest.get(scope_id)
            if known is None or max(place.position, place.floor) < known.pruned_seq or max(place) > known.last_seq:
                raise resync_required()
        before, self.open = self.open, {}
        for scope_id in before.keys() - set(ranked):  # all of it goes
            self.leaving[scope_id] = before[scope_id].from_the_start()
        in_order = [scope_id for scope_id in before if scope_id in ranked] == [
            scope_id for scope_id in ranked if scope_id in before
        ]
        for scope_id in ranked:
            last = newest[scope_id].last_seq
            if scope_id in self.leaving:  # the right came back before all was withdrawn
                place = self.leaving.pop(scope_id)._replace(position=0)
            elif scope_id not in before:  # a client that never saw this scope has nothing to forget
                place = Place(0, last, last)
            else:  # in another order, another scope may have the word on any document
                place = before[scope_id] if in_order else before[scope_id].from_the_start()
            self.open[scope_id] = place._replace(seen=last)
