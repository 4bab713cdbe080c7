"""Versions of the wire (law 10): what an older phone says is put into the present words, what it hears into its own.

A version begins when a word of the wire changes: a kind of operation, a field, a member that is needed. What is only
added begins none, as phones pass over what they do not know. The project's `SCHEMAS` say what each version changed:
operations are brought up step by step to the newest one, documents are brought down to the one that the phone speaks.

A receipt keeps what was sent, in the words and with the version in which it was sent.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import orjson
from django.conf import settings

from fieldsvc.errors import Conflict
from sync import registry
from sync.registry import Body, Schema

FIRST = 1
"""The version of those who do not say: the first phones did not, when they pulled."""


def newest() -> int:
    """The version that the server itself speaks."""
    return max(registry.schemas(), default=FIRST)


def must_be_spoken(schema: int) -> None:
    """Raises Conflict("upgrade_required") for a version that is too old, Conflict("schema_unknown") for one to come.

    A phone may be ahead while a new version is being brought out, and one of several servers still is the old one:
    nothing of what it says is judged, so that nothing can be refused for good.
    """
    oldest = settings.SYNC["OLDEST_SCHEMA"]
    if schema < oldest:
        detail = "Update the app and send the outbox again; nothing of it was applied or lost."
        raise Conflict("upgrade_required", detail, oldest=oldest)
    if schema > newest():
        detail = "The server is not that far yet. Send the same again later; nothing of it was applied or lost."
        raise Conflict("schema_unknown", detail, newest=newest())


def upgraded(kind: str, data: Body, schema: int) -> tuple[str, Body]:
    """An operation of that version, in the words of the newest."""
    for version in range(schema + 1, newest() + 1):
        upgrade = registry.schemas()[version].operations.get(kind)
        if upgrade is not None:
            kind, data = upgrade(kind, data)
    return kind, data


def reshaped(schema: int) -> frozenset[str]:
    """The collections whose documents had another shape in that version."""
    return frozenset(
        collection
        for version in range(schema + 1, newest() + 1)
        for collection in registry.schemas()[version].documents
    )


def downgraded(collection: str, document: Body, schema: int) -> Body:
    """A document of the newest version, in the words of that one."""
    for version in range(newest(), schema, -1):
        downgrade = registry.schemas()[version].documents.get(collection)
        if downgrade is not None:
            document = downgrade(document)
    return document


def body_as_of(schema: int, collection: str, body: str) -> str:
    """The same, of a document that is JSON text. Only what had another shape is read."""
    if collection not in reshaped(schema):
        return body
    return orjson.dumps(downgraded(collection, orjson.loads(body), schema)).decode()


def changes_as_of(schema: int, content: Iterable[bytes]) -> list[bytes]:
    """The same, of changes that are JSON texts, each of one change or of several with commas between them."""
    marks = _marks(schema)
    return [_text_as_of(schema, text) if any(mark in text for mark in marks) else text for text in content]


def _marks(schema: int) -> set[bytes]:
    """Of these a text has something if it says anything that was said otherwise in that version."""
    return {
        registry.schemas()[version].marks.get(collection, b'"collection":"%s"' % collection.encode())
        for version in range(schema + 1, newest() + 1)
        for collection in registry.schemas()[version].documents
    }


def _text_as_of(schema: int, text: bytes) -> bytes:
    changes: list[dict[str, Any]] = orjson.loads(b"[" + text + b"]")
    for change in changes:
        if change["doc"] is not None:
            change["doc"] = downgraded(change["collection"], change["doc"], schema)
    return orjson.dumps(changes)[1:-1]


def together(*tables: Mapping[int, Schema]) -> dict[int, Schema]:
    """The tables of several apps as one, without a hole: every version up to the newest has its entry."""
    found: dict[int, Schema] = {}
    for version in range(FIRST + 1, max((version for table in tables for version in table), default=FIRST) + 1):
        steps = [table[version] for table in tables if version in table]
        found[version] = Schema(
            operations={kind: step.operations[kind] for step in steps for kind in step.operations},
            documents={name: step.documents[name] for step in steps for name in step.documents},
            marks={name: step.marks[name] for step in steps for name in step.marks},
        )
    return found


# The usual changes


def kind_renamed(kind: str) -> Callable[[str, Body], tuple[str, Body]]:
    """The operation is called so from this version on."""
    return lambda _, data: (kind, data)


def field_renamed(old: str, new: str) -> Callable[[str, Body], tuple[str, Body]]:
    """A field of the operation is called so from this version on."""
    return lambda kind, data: (kind, _renamed(data, old, new))


def field_required(name: str, default: Any) -> Callable[[str, Body], tuple[str, Body]]:
    """A field of the operation has to be said from this version on; what was not said before meant `default`."""
    return lambda kind, data: (kind, {name: default, **data})


def fields_called(**before: str) -> Callable[[Body], Body]:
    """Fields of the document, by their present name, were called so before this version."""

    def downgrade(document: Body) -> Body:
        for new, old in before.items():
            document = _renamed(document, new, old)
        return document

    return downgrade


def _renamed(body: Body, old: str, new: str) -> Body:
    if old not in body or new in body:
        return body
    return {new if name == old else name: value for name, value in body.items()}
