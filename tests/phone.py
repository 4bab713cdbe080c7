"""A phone for tests: it pulls, works without signal, pushes, and can lose replies. A small model of a real client.

Its clocks follow `fieldsvc.time.now()`, so that a test that moves the server's time moves the phone's too; `wall_error`
sets the phone's wall clock wrong without touching its monotonic clock.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from rest_framework.test import APIClient

from accounts.models import User
from accounts.signin.services import issue_token
from fieldsvc.time import now
from sync.devices.services import register_device
from sync.ids import uuid7

Document = dict[str, Any]
SCHEMA: Final = 4
"""The version of the wire that it speaks, unless it is an old one."""


class Phone:
    """A phone in somebody's hands."""

    schema: int = SCHEMA

    def __init__(self, user: User, device_id: UUID | None = None) -> None:
        self.user = user
        self.device = register_device(user=user, device_id=device_id or uuid7(), name="Test phone", platform="test")
        self.client = APIClient()
        self.client.credentials(HTTP_AUTHORIZATION=f"Token {issue_token(user, device=self.device)}")
        self.outbox: list[dict[str, Any]] = []
        self.acknowledged: list[dict[str, Any]] = []
        """What was answered lately: kept for the day on which the server has forgotten it."""
        self.documents: dict[tuple[str, str], Document] = {}
        self.versions: dict[tuple[str, str], int] = {}
        self.cursor: str | None = None
        self.seq = 0
        self.boot = str(uuid7())
        self.booted_at = now() - timedelta(days=3)
        self.wall_error = timedelta(0)
        self.answers: dict[str, dict[str, Any]] = {}

    # Clocks

    def clock(self, hours_ago: float = 0) -> dict[str, Any]:
        """What the phone's clocks showed that many hours ago."""
        moment = now() - timedelta(hours=hours_ago)
        elapsed = moment - self.booted_at
        return {
            "wall": (moment + self.wall_error).isoformat(),
            "monotonic_ms": max(0, round(elapsed.total_seconds() * 1000)),
            "boot": self.boot,
        }

    def reboots(self) -> None:
        """The monotonic clock starts over."""
        self.boot, self.booted_at = str(uuid7()), now()

    # Work

    def does(
        self, kind: str, /, *, hours_ago: float = 0, depends_on: list[str] | None = None, **data: Any
    ) -> dict[str, Any]:
        """Put an operation into the outbox; rows and ids may be given as they are."""
        self.seq += 1
        operation = {
            "id": str(uuid7()),
            "seq": self.seq,
            "kind": kind,
            "captured": self.clock(hours_ago),
            "depends_on": depends_on or [],
            "data": _json(data),
        }
        self.outbox.append(operation)
        return operation

    def push(self, reply_is_lost: bool = False) -> list[str]:
        """Send the outbox. Returns the statuses; with a lost reply the office heard us and we heard nothing."""
        response = self.client.post("/api/v1/sync/push", self.envelope())
        assert response.status_code == 200, response.content
        if reply_is_lost:
            return []
        results = response.json()["results"]
        self.answers.update({result["id"]: result for result in results})
        again = {result["id"] for result in results if result["status"] == "retry"}
        self.acknowledged += [operation for operation in self.outbox if operation["id"] not in again]
        self.outbox = [operation for operation in self.outbox if operation["id"] in again]
        return [result["status"] for result in results]

    def envelope(self) -> dict[str, Any]:
        """What a push sends."""
        return {"device": str(self.device.pk), "schema": self.schema, "clock": self.clock(), "operations": self.outbox}

    def pull(self, limit: int | None = None, **bounds: int) -> int:
        """Pull until the server says that this is all. Returns how many changes came."""
        came = 0
        while True:
            response = self.asks(**bounds | ({"limit": limit} if limit else {}))
            assert response.status_code == 200, response.content
            page = response.json()
            self.take(page["changes"])
            came += len(page["changes"])
            self.cursor = page["cursor"]
            if not page["more"]:
                return came

    def asks(self, **bounds: int) -> Any:
        """The server's answer to what has changed."""
        query: dict[str, Any] = {"schema": self.schema, **bounds}
        if self.cursor:
            query["cursor"] = self.cursor
        return self.client.get("/api/v1/sync/changes", query)

    def starts_over(self) -> bool:
        """The server wants no such cursor: drop the documents, keep the outbox. Tells whether there is more to send."""
        answer = self.asks()
        assert (answer.status_code, answer.json()["code"]) == (410, "resync_required"), answer.content
        self.documents, self.versions, self.cursor = {}, {}, None
        if answer.json()["replay"]:
            self.outbox, self.acknowledged = self.acknowledged + self.outbox, []
            return True
        return False

    def take(self, changes: list[dict[str, Any]]) -> None:
        """Apply changes in the order in which they stand."""
        for change in changes:
            key = change["collection"], change["id"]
            if change["deleted"]:
                self.documents.pop(key, None)
                self.versions.pop(key, None)
            else:
                self.documents[key] = change["doc"]
                assert change["version"] >= self.versions.get(key, 0)  # versions never go back
                self.versions[key] = change["version"]

    # Proof and repair

    def digest(self, **of: str) -> dict[str, Any]:
        """The server's."""
        answer = self.client.get("/api/v1/sync/digest", of | {"schema": str(self.schema)})
        assert answer.status_code == 200, answer.content
        return dict(answer.json())

    def repair(self) -> set[tuple[str, str]]:
        """Find what differs from the server, level by level, and fetch only that. Returns what it was."""
        wrong: set[tuple[str, str]] = set()
        theirs = self.digest()["collections"]
        mine = _digests((collection, doc_id, doc) for (collection, doc_id), doc in self.documents.items())
        for collection in _differ(mine, theirs):
            held = self.collection(collection)
            buckets = _digests((doc_id[-1], doc_id, doc) for doc_id, doc in held.items())
            for bucket in _differ(buckets, self.digest(collection=collection)["buckets"]):
                hashes = {doc_id: _hash(doc) for doc_id, doc in held.items() if doc_id[-1] == bucket}
                ids = _differ(hashes, self.digest(collection=collection, bucket=bucket)["documents"])
                wrong |= {(collection, doc_id) for doc_id in ids}
                self.take(self.documents_named(collection, ids))
        return wrong

    def documents_named(self, collection: str, ids: Collection[str]) -> list[dict[str, Any]]:
        """Changes that bring these documents to what they are now."""
        answer = self.client.post(
            f"/api/v1/sync/documents?schema={self.schema}", {"collection": collection, "ids": sorted(ids)}
        )
        assert answer.status_code == 200, answer.content
        return list(answer.json()["changes"])

    def collection(self, name: str) -> dict[str, Document]:
        """The documents of one collection, by id."""
        return {doc_id: doc for (collection, doc_id), doc in self.documents.items() if collection == name}

    def document(self, collection: str, row: Any) -> Document | None:
        """The document of a row (or of an id), if the phone has it."""
        return self.documents.get((collection, str(getattr(row, "pk", row))))

    def replica(self) -> dict[tuple[str, str], Document]:
        """All that the phone knows."""
        return dict(self.documents)


def fresh_phone(user: User, schema: int = SCHEMA) -> Phone:
    """What a new phone of the same person would download now."""
    phone = Phone(user)
    phone.schema = schema
    phone.pull()
    return phone


def _hash(document: Document) -> str:
    """Made here by other means than on the server."""
    text = json.dumps(_whole(document), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(text.encode()).hexdigest()


def _whole(value: Any) -> Any:
    """As JavaScript has it, for which 34.0 is 34."""
    if isinstance(value, dict):
        return {name: _whole(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_whole(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _digests(documents: Iterable[tuple[str, str, Document]]) -> dict[str, dict[str, Any]]:
    groups: dict[str, dict[str, str]] = {}
    for group, doc_id, document in documents:
        groups.setdefault(group, {})[doc_id] = _hash(document)
    return {
        group: {"count": len(found), "hash": sha256("".join(found[key] for key in sorted(found)).encode()).hexdigest()}
        for group, found in groups.items()
    }


def _differ(mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> set[str]:
    return {key for key in {*mine, *theirs} if mine.get(key) != theirs.get(key)}


def _json(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_json(item) for item in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if hasattr(value, "pk"):
        return str(value.pk)
    return str(value) if isinstance(value, UUID) else value
