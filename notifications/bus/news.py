"""What travels between processes."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

PAYLOAD_BYTES = 7_500
"""PostgreSQL refuses a payload of 8,000 bytes or more."""

TOO_MANY = 20_000
"""From this number of entries on, it is cheaper that everyone catches up; it also bounds the memory of a publisher
that has lost its connection."""


@dataclass(slots=True)
class News:
    """Scopes in which there is something to pull, and notices as pairs of person and notice. Merging loses nothing."""

    scopes: set[str] = field(default_factory=set)
    notices: set[tuple[UUID, UUID]] = field(default_factory=set)
    everyone: bool = False
    """Every socket has to catch up with everything: what exactly happened was lost or is too much to say."""

    def __bool__(self) -> bool:
        return self.everyone or bool(self.scopes or self.notices)

    def merge(self, other: "News") -> None:
        """Take in what `other` says."""
        self.everyone |= other.everyone
        if not self.everyone:
            self.scopes |= other.scopes
            self.notices |= other.notices
            self.everyone = len(self.scopes) + len(self.notices) > TOO_MANY
        if self.everyone:
            self.scopes, self.notices = set(), set()

    def payloads(self) -> Iterator[str]:
        """The same as messages of ASCII JSON, each small enough for the wire."""
        if self.everyone:
            yield _json({"everyone": True})
            return
        entries: list[tuple[str, Any]] = [("scopes", scope) for scope in sorted(self.scopes)]
        entries += [("notices", [str(person), str(notice)]) for person, notice in sorted(self.notices)]
        envelope = len(_json({"scopes": [], "notices": []}))
        part: dict[str, list[Any]] = {}
        size = envelope
        for key, entry in entries:
            length = len(_json(entry)) + 1
            if part and size + length > PAYLOAD_BYTES:
                yield _json(part)
                part, size = {}, envelope
            part.setdefault(key, []).append(entry)
            size += length
        if part:
            yield _json(part)

    @classmethod
    def of_payload(cls, payload: str) -> "News":
        """Read one message. Raises ValueError when it is none of ours."""
        try:
            content = json.loads(payload)
            return cls(
                scopes={str(scope) for scope in content.get("scopes", ())},
                notices={(UUID(person), UUID(notice)) for person, notice in content.get("notices", ())},
                everyone=content.get("everyone") is True,
            )
        except (AttributeError, TypeError) as error:
            raise ValueError("not a message of the bus") from error


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
