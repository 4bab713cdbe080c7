"""What a project tells the engine: its operations, its documents, who hears what.

```python
SYNC = {
    "OPERATIONS": "shop.wiring.OPERATIONS",    # {"task.finish": Operation(FinishTaskInput, finish_task)}
    "DOCUMENTS": "shop.wiring.DOCUMENTS",      # {"tasks": Document(load=..., followers=..., render=...)}
    "PREPARATIONS": "shop.wiring.PREPARATIONS",  # (prepare_tasks, …): the order in which pushes lock; optional
    "OPEN_SCOPES": "shop.wiring.open_scopes",  # (user) -> the scopes that this person's phone may pull
    "SCHEMAS": "shop.wiring.SCHEMAS",          # {2: Schema(...)}: what each version of the wire changed; optional
    "OLDEST_SCHEMA": 1,                        # phones with an older version are asked to upgrade
    "LOOKS_AFTER": "shop.wiring.looks_after",  # (user) -> those whose devices they may put right; optional
    "TEAMS": "shop.wiring.teams",              # (user) -> (team's id, its name, person's id) of those; optional
    "SHOWN_TO": "shop.wiring.shown_to",        # (user, what others told) -> the same as they may read it; optional
    "FOUND_BY": ("name", "username"),          # fields by which people are looked for; optional
    "POKE": "shop.wiring.poke",                # (scopes) -> tell the sockets; optional
    "UPLOAD_ENDED": "shop.wiring.upload_ended",  # (upload) -> link its file, or hear why there is none; optional
    "BUDGET": 10_000,                          # documents in a scope above which it is reported; optional, as below
    "ARCHIVE_DAYS": 14,                        # how long phones carry what has ended (sync/archive.py)
    "TOMBSTONE_DAYS": 90,                      # how long a phone may be away and still pull only what changed
    "RECEIPT_DAYS": 400,                       # how long an operation may come again and still count once
}
```
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils.module_loading import import_string
from rest_framework.serializers import Serializer

Body = dict[str, Any]
Preparation = Callable[[Any, Sequence[Mapping[str, Any]]], None]
"""`prepare(actor, inputs)`: reads together, and holds (`sync.work`), what many operations of a push want to know."""


@dataclass(frozen=True)
class Operation:
    """One thing that a phone can do without signal.

    `perform(actor=, occurred_at=, **validated)` is the very command that the HTTP view calls.
    `prepare` are those that read for it ahead, each for all operations of a push that name it. They decide nothing:
    without them the same comes out, slower. But they lock what two pushes may fight over, in the order of
    `SYNC["PREPARATIONS"]`; so all that lock stand there.
    """

    input: type[Serializer[Any]]
    perform: Callable[..., object]
    prepare: tuple[Preparation, ...] = ()

    @cached_property
    def form(self) -> Serializer[Any]:
        """One form for all: making it costs more than using it. Only `run_validation` keeps nothing on it."""
        return self.input()


@dataclass(frozen=True, slots=True)
class Schema:
    """What a version of the wire changed in the one before it: see `sync/schemas.py`.

    `operations`: by the kind that the version before knew, that operation in the words of this one: kind and data. The
    data is whatever a phone sent.
    `documents`: by collection, a document of this version in the words of the one before.
    `marks`: by collection, a piece of JSON without which a document says the same in both: it is not even read.
    """

    operations: Mapping[str, Callable[[str, Body], tuple[str, Body]]] = field(default_factory=dict)
    documents: Mapping[str, Callable[[Body], Body]] = field(default_factory=dict)
    marks: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Write:
    """A document as a client library wrote it that knows documents and no operations: see `sync/writes/`.

    `base` is what the device took the server's to be, None where it made the document; `new` is what it wrote, None
    where it deleted the document. `changed` names the fields that it gave another value. `present` is the document as
    this person would pull it now, None where they would pull none.
    """

    collection: str
    id: UUID
    base: Body | None
    new: Body | None
    changed: frozenset[str]
    present: Body | None = None

    @property
    def inserted(self) -> bool:
        """The device made this document."""
        return self.base is None and self.new is not None

    @property
    def edited(self) -> bool:
        """The device changed this document."""
        return self.base is not None and self.new is not None

    def values(self, *fields: str) -> Body:
        """What was written into these fields, where they were changed and not left empty."""
        new = self.new or {}
        return {name: new[name] for name in fields if name in self.changed and new.get(name) is not None}

    def seen(self, fields: Iterable[str]) -> Body:
        """What the device had of these fields before."""
        base = self.base or {}
        return {name: base[name] for name in fields if name in base}


@dataclass(frozen=True, slots=True)
class Meant:
    """An operation that a write means. `fields` are those of the write's `changed` that it takes care of.

    `occurred_at` is when the device says that it happened, as it stands in the document; None: just now.
    """

    kind: str
    data: Body
    fields: frozenset[str]
    occurred_at: Any = None


@dataclass(frozen=True, slots=True)
class Document:
    """One collection of documents that phones receive.

    `load(ids)` fetches rows with all that rendering needs, in a constant number of queries.
    `followers(row)` names the scopes in which the row's document stands.
    `render(row, audience)` is the document as that kind of scope may see it; what it leaves out does not exist there.
    `alike` names audiences that see exactly what another one sees: `{"technician": "desk"}`; that is rendered once.
    `unlike(row)` says of a row that those audiences see something else of it all the same.
    `spread(ids)` names other documents whose followers may change when these rows do.
    `conflict_scopes(ids)` names, by document, the scopes in which its conflicts stand now: of the desk that decides,
    and of whoever else sees all of the document. Where it names none, a conflict stays in the scopes of its opening.
    `may_resolve(actor=, conflict=)` locks the document; Forbidden("role_required") for those who only see it.
    `resolve(actor=, occurred_at=, conflict=, changes=, base=)` writes the values with which somebody resolved a
    conflict and returns the row; `base` is what they took for the server's: Conflict("changed_meanwhile") if it no
    longer is.
    `meaning(write)` names the operations that a written document means, in their order; fields that none of them takes
    care of are refused. Without it the document can only be read by clients that write documents.
    `computed` are fields that follow from others: what a device guesses of them beside what it writes is passed over.
    `nested` are fields into which objects or lists are written, or that hold values of any kind: clients that know no
    nesting carry them as JSON text.
    """

    load: Callable[[Collection[UUID]], Iterable[Any]]
    followers: Callable[[Any], Iterable[str]]
    render: Callable[[Any, str], Body]
    alike: Mapping[str, str] = field(default_factory=dict)
    unlike: Callable[[Any], bool] | None = None
    spread: Callable[[Collection[UUID]], Mapping[str, Iterable[UUID]]] | None = None
    conflict_scopes: Callable[[Collection[UUID]], Mapping[UUID, Collection[str]]] | None = None
    may_resolve: Callable[..., None] | None = None
    resolve: Callable[..., object] | None = None
    meaning: Callable[[Write], Iterable[Meant]] | None = None
    computed: frozenset[str] = frozenset()
    nested: frozenset[str] = frozenset()


def audience(scope: str) -> str:
    """The kind of a scope: `technician` for `technician:0192…`."""
    return scope.partition(":")[0]


def _setting(name: str) -> Any:
    return _imported(settings.SYNC[name])


_imported = cache(import_string)


NUMBERS = {"BUDGET": 10_000, "ARCHIVE_DAYS": 14, "TOMBSTONE_DAYS": 90, "RECEIPT_DAYS": 400}
"""What holds where the project does not say."""


def number(name: str) -> int:
    """A number that the project may set."""
    return int(settings.SYNC.get(name, NUMBERS[name]))


def operations() -> Mapping[str, Operation]:
    """The operations by kind."""
    return cast(Mapping[str, Operation], _setting("OPERATIONS"))


def documents() -> Mapping[str, Document]:
    """The documents by collection."""
    return cast(Mapping[str, Document], _setting("DOCUMENTS"))


def preparations() -> Sequence[Preparation]:
    """Those that lock, in the order in which they do."""
    return cast(Sequence[Preparation], _setting("PREPARATIONS")) if "PREPARATIONS" in settings.SYNC else ()


def schemas() -> Mapping[int, Schema]:
    """What each version of the wire changed, from the second on."""
    return cast(Mapping[int, Schema], _setting("SCHEMAS")) if "SCHEMAS" in settings.SYNC else {}


def found_by() -> Sequence[str]:
    """The fields of people by which others look for them."""
    return cast(Sequence[str], settings.SYNC.get("FOUND_BY", (get_user_model().USERNAME_FIELD,)))


def exists(collection: str, doc_id: UUID) -> bool:
    """Whether the row of this document is still there."""
    return any(True for _ in documents()[collection].load([doc_id]))


def open_scopes(user: Any) -> list[str]:
    """The scopes that this person may pull now; the first has the last word on a document that stands in several."""
    return list(_setting("OPEN_SCOPES")(user))


def shown_to(user: Any, told: Any) -> Any:
    """What somebody else told by phone, as this person may read it."""
    return _setting("SHOWN_TO")(user, told) if "SHOWN_TO" in settings.SYNC else told


def poke_person(person_id: UUID) -> None:
    """After the commit, let this person's sockets look again: their token or their scopes have changed."""
    transaction.on_commit(lambda: poke([f"person:{person_id}"]), robust=True)


def poke(scopes: Collection[str]) -> None:
    """Tell connected sockets that there is something to pull."""
    if "POKE" in settings.SYNC:
        _setting("POKE")(scopes)


def upload_ended(upload: Any) -> None:
    """Tell the project, in the same transaction, that an upload is `finished` or was `rejected`."""
    if "UPLOAD_ENDED" in settings.SYNC:
        _setting("UPLOAD_ENDED")(upload)
