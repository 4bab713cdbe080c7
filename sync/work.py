"""The unit of work of a running command: rows that are read once, and writes that go out together.

A command may leave its writes here (`insert`, `save`, `delete`, `soon`) instead of sending each on its own. They are
captured at once, and reach the database **before its next statement of any kind**, by whoever, or at the end of the
command: so nobody ever reads what is not there yet, and a batch of commands that have all they need in memory sends
its writes together. What a row goes through in between is not sent, only how it ends. A long batch may send what waits
ahead of time (`write_ahead`), and go on while PostgreSQL writes it.

Rows that are locked cannot change behind our back, so they need not be read twice: `hold` keeps them, `held` finds
them, `remembered` does the same for whatever else was read under such a lock. A statement that writes past this module
makes it forget all of that, and so does a command that fails.

Each command has a frame. One inside another gets its savepoint only when something of it is about to be sent.
"""

import json
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar, cast
from uuid import UUID

import orjson
from django.db import DEFAULT_DB_ALIAS, IntegrityError, connections, models, transaction
from django.db.models import JSONField, Model
from django.db.models.expressions import DatabaseDefault

from fieldsvc.errors import Conflict
from sync.queries import said_once
from sync.sql import check_pointers, checked_at_once, execute, make_room_ahead
from sync.violations import violated_constraint

M = TypeVar("M", bound=Model)
R = TypeVar("R")
Flush = Callable[[list[Any]], None]
Values = dict[str, Any]
"""A row, or a part of one, by column."""


@dataclass(slots=True)
class Changes:
    """Writes that wait. Each row stands in them once, as it will be."""

    deletes: dict[type[Model], set[Any]] = field(default_factory=dict)
    updates: dict[type[Model], dict[Any, Values]] = field(default_factory=dict)
    inserts: dict[type[Model], dict[Any, Values]] = field(default_factory=dict)
    others: dict[Flush, list[Any]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.deletes or self.updates or self.inserts or self.others)

    def insert(self, model: type[Model], pk: Any, values: Values) -> None:
        self.inserts.setdefault(model, {})[pk] = values

    def update(self, model: type[Model], pk: Any, values: Values) -> None:
        fresh = self.inserts.get(model, {}).get(pk)
        (self.updates.setdefault(model, {}).setdefault(pk, {}) if fresh is None else fresh).update(values)

    def delete(self, model: type[Model], pk: Any) -> None:
        self.updates.get(model, {}).pop(pk, None)
        if self.inserts.get(model, {}).pop(pk, None) is None:
            self.deletes.setdefault(model, set()).add(pk)

    def absorb(self, later: "Changes") -> None:
        """Take over what was to be written after this."""
        for model, pks in later.deletes.items():
            for pk in pks:
                self.delete(model, pk)
        for model, rows in later.updates.items():
            for pk, values in rows.items():
                self.update(model, pk, values)
        for model, rows in later.inserts.items():
            self.inserts.setdefault(model, {}).update(rows)
        for flush, items in later.others.items():
            self.others.setdefault(flush, []).extend(items)

    def write(self) -> None:
        """Send all of it: what goes, what changes, what is new, so that what is unique never stands twice meanwhile.

        Raises Conflict("id_taken") when somebody else was faster with an id that phones make.
        """
        deletes, updates, inserts, others = self.deletes, self.updates, self.inserts, self.others
        self.deletes, self.updates, self.inserts, self.others = {}, {}, {}, {}
        for model, pks in deletes.items():
            model._base_manager.filter(pk__in=pks).delete()
        for model, rows in updates.items():
            for columns, group in _by_columns(rows).items():
                _update(model, columns, group)
        for model, rows in inserts.items():
            for columns, group in _by_columns(rows).items():
                _insert(model, columns, group)
        for flush, items in others.items():
            flush(items)


@dataclass(slots=True)
class Frame:
    """What one running command has collected so far."""

    changes: Changes = field(default_factory=Changes)
    pending: dict[Flush, list[Any]] = field(default_factory=dict)
    """For the end of the outermost command."""
    merged: list[str] = field(default_factory=list)
    """Fields that were merged from both sides."""
    conflicts: list[UUID] = field(default_factory=list)
    """Conflicts that were opened."""
    savepoint: str | None = None
    hooks: int = 0
    """How many hooks waited for the commit when it began."""
    failure: Exception | None = None
    """Why what had waited in it could not be written, whoever's statement sent it: it cannot end well any more."""

    def write(self) -> None:
        """Send what waits here. Raises what `Changes.write` raises, which may be another command's doing."""
        try:
            self.changes.write()
        except Exception as error:
            self.failure = error
            raise

    def absorb(self, inner: "Frame") -> None:
        """Take over what a command inside this one has collected."""
        if self.changes:
            self.changes.absorb(inner.changes)
        else:
            self.changes = inner.changes
        for flush, items in inner.pending.items():
            self.pending.setdefault(flush, []).extend(items)
        self.merged.extend(inner.merged)
        self.conflicts.extend(inner.conflicts)


@dataclass(slots=True)
class Work:
    """The unit of work of an outermost command; its frames, the innermost last."""

    frames: list[Frame] = field(default_factory=list)
    rows: dict[type[Model], dict[Any, Any]] = field(default_factory=dict)
    memories: dict[Hashable, Any] = field(default_factory=dict)
    forgotten: int = 0
    """How often everything was forgotten."""
    database: Any = field(default_factory=lambda: connections[DEFAULT_DB_ALIAS])
    """The connection itself, as the way through `django.db.connection` is taken for every command of a push."""
    writing: bool = False
    underway: Any = None
    """The pipeline in which writes were sent whose answers have not come yet."""
    sender: Frame | None = None
    """Whose writes they are."""

    def forget(self) -> None:
        """What was read may not be true any more."""
        self.rows.clear()
        self.memories.clear()
        self.forgotten += 1

    def inside(self) -> "Inside":
        """The body of a command inside another: whole, or nothing of it."""
        return Inside(self)

    def enter(self) -> Frame:
        """A command begins inside another."""
        frame = Frame(hooks=len(self.database.run_on_commit))
        self.frames.append(frame)
        return frame

    def leave(self, frame: Frame) -> None:
        """It ended well: what it collected is the outer one's. Raises its failure, to be abandoned then."""
        if frame.savepoint is not None or frame is self.sender:
            self.await_writes()
        if frame.failure is not None:
            raise frame.failure
        if frame.savepoint is not None:
            with self._past_us():
                transaction.savepoint_commit(frame.savepoint)
        self.frames.pop()
        self.frames[-1].absorb(frame)

    def abandon(self, frame: Frame) -> None:
        """It failed: nothing of it happened."""
        with suppress(Exception):  # if it concerns an outer command, that one fails in its turn
            self.await_writes()
        self.frames.pop()
        self.forget()
        del self.database.run_on_commit[frame.hooks :]
        if frame.savepoint is not None:
            with self._past_us():
                transaction.set_rollback(False)
                transaction.savepoint_rollback(frame.savepoint)
                transaction.savepoint_commit(frame.savepoint)

    def write(self, *, all_savepoints: bool = False) -> None:
        """Send what waits, each frame's behind its savepoint; with `all_savepoints` even frames without get theirs."""
        self.await_writes()
        depth = len(self.frames) if all_savepoints else 0
        depth = max([depth, *(index + 1 for index, frame in enumerate(self.frames) if frame.changes)])
        with self._past_us():
            for index, frame in enumerate(self.frames[:depth]):
                if index and frame.savepoint is None:
                    frame.savepoint = transaction.savepoint()
                if frame.changes:
                    frame.write()

    def write_ahead(self) -> None:
        """Send what waits in the innermost frame, and go on: `await_writes` hears how it went."""
        frame = self.frames[-1]
        if any(outer.changes for outer in self.frames[:-1]) or (len(self.frames) > 1 and frame.savepoint is None):
            self.write(all_savepoints=True)
        elif frame.changes:
            self.await_writes()
            make_room_ahead()
            with self._past_us():
                at_once = checked_at_once()
            self.sender, self.underway = frame, self.database.connection.pipeline()
            self.underway.__enter__()
            with self._past_us():
                frame.write()
                check_pointers(at_once)

    def await_writes(self) -> None:
        """Wait for the answers to what was sent ahead. Raises what they are, unless they are as they should be."""
        if self.underway is None:
            return
        pipeline, sender = self.underway, self.sender
        self.underway = self.sender = None
        try:
            with self.database.wrap_database_errors:
                pipeline.__exit__(None, None, None)
        except Exception as error:
            if sender is not None:
                sender.failure = error
            raise

    @contextmanager
    def _past_us(self) -> Iterator[None]:
        self.writing = True
        try:
            yield
        finally:
            self.writing = False


class Inside:
    """No generator: a push comes here a thousand times."""

    __slots__ = ("frame", "work")

    def __init__(self, work: Work) -> None:
        self.work = work

    def __enter__(self) -> Frame:
        self.frame = self.work.enter()
        return self.frame

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self.work.abandon(self.frame)
            return
        try:
            self.work.leave(self.frame)
        except BaseException:
            self.work.abandon(self.frame)
            raise


current: ContextVar[Work | None] = ContextVar("work", default=None)


def running() -> Frame:
    """The frame of the innermost running command. Raises RuntimeError outside of one."""
    return _work().frames[-1]


def _work() -> Work:
    work = current.get()
    if work is None:
        raise RuntimeError("this belongs inside a @command")
    return work


def write_now(*, behind_savepoint: bool = False) -> None:
    """Send what waits. With `behind_savepoint` whatever comes next can be undone with the innermost command alone."""
    _work().write(all_savepoints=behind_savepoint)


def write_ahead() -> None:
    """Send what waits in the innermost command, without waiting until it is written.

    PostgreSQL is at work while the batch goes on deciding. Should it refuse, the next statement of anybody raises that,
    and the command cannot end well any more.
    """
    _work().write_ahead()


def watch(send: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
    """Django's way to stand before each statement: what waits goes first.

    Except before the end of an `atomic()` block inside a command: leave nothing to this module inside of one.
    """
    work = current.get()
    if work is not None and not work.writing:
        work.await_writes()
        if sql.startswith("SELECT"):
            work.write()
        elif not sql.startswith("RELEASE"):
            if not sql.startswith("ROLLBACK"):
                work.write(all_savepoints=True)
            work.forget()
    return send(sql, params, many, context)


# Writing


def insert(row: Model) -> None:
    """Write a new row, soon. Its id must be known. It counts as held from now on."""
    work = _work()
    work.frames[-1].changes.insert(type(row), row.pk, _values(row, new=True))
    row._state.adding = False
    work.rows.setdefault(type(row), {})[row.pk] = row


def insert_at_once(rows: Sequence[Model], *, replacing: Sequence[str] = ()) -> None:
    """Write new rows of one kind, whose ids the database makes. The rows do not learn them.

    A row that has the same in all columns of `replacing` is overwritten instead.
    """
    if rows:
        model = type(rows[0])
        fields = tuple(field.name for field in model._meta.concrete_fields if not field.primary_key)
        values = {number: _values(row, fields, new=True) for number, row in enumerate(rows)}
        for columns, group in _by_columns(values).items():
            _insert(model, columns, group, replacing)


def insert_unless_there(rows: Sequence[Model]) -> set[Any]:
    """Write those of these new rows of one kind in whose way no other stands. Returns their ids."""
    if not rows:
        return set()
    model = type(rows[0])
    groups = _by_columns({row.pk: _values(row, new=True) for row in rows})
    return {pk for columns, group in groups.items() for pk in _insert(model, columns, group, unless_there=True)}


def save(row: Model, fields: Iterable[str]) -> None:
    """Write these fields of a row, soon, as they are now."""
    chosen = tuple(fields)
    if not chosen:
        return
    work = _work()
    work.frames[-1].changes.update(type(row), row.pk, _values(row, chosen))
    if work.rows.get(type(row), {}).get(row.pk, row) is not row:
        work.forget()  # somebody else holds it as it was


def change(row: Model, **values: Any) -> None:
    """Set fields of a row and write them, soon."""
    for name, value in values.items():
        setattr(row, name, value)
    save(row, values)


def delete(model: type[Model], pk: Any) -> None:
    """Delete a row, soon."""
    work = _work()
    work.frames[-1].changes.delete(model, pk)
    work.rows.setdefault(model, {})[pk] = None


def soon(flush: Flush, *items: Any) -> None:
    """Hand `items` to `flush` together with all others of its kind, before anything else reaches the database."""
    running().changes.others.setdefault(flush, []).extend(items)


# Reading


def hold(rows: Iterable[Model]) -> None:
    """Keep rows that this transaction has locked, or that nobody else can change while it lasts."""
    known = _work().rows
    for row in rows:
        known.setdefault(type(row), {})[row.pk] = row


def held(model: type[M], pk: Any) -> M | None:
    """The row, if it is held."""
    return cast(M | None, _work().rows.get(model, {}).get(pk))


def all_held(model: type[M]) -> list[M]:
    """All rows of a kind that are held."""
    return [row for row in _work().rows.get(model, {}).values() if row is not None]


def look_up(model: type[M], pks: Collection[Any]) -> None:
    """See which rows there are with these ids, for `found`: ids that phones make, under which nothing changes."""
    unknown = {pk for pk in pks if pk not in _work().rows.get(model, {})}
    if unknown:
        rows = {row.pk: row for row in _by_id(model)(unknown)}
        _work().rows.setdefault(model, {}).update({pk: rows.get(pk) for pk in unknown})


@cache
def _by_id(model: type[Model]) -> Callable[[Collection[UUID]], list[Any]]:
    return said_once(lambda ids: model._base_manager.filter(pk__in=ids))


def found(model: type[M], pk: Any) -> M | None:
    """The row with this id, if there is one: as it is held, or was looked up; else it is read, and not kept."""
    rows = _work().rows.get(model, {})
    return cast(M | None, rows[pk] if pk in rows else model._base_manager.filter(pk=pk).first())


def remembered(key: Hashable, read: Callable[[], R]) -> R:
    """What `read` answered when it was first asked for under this key, under a lock that is still held.

    Whoever changes what it is about changes it there, too, or writes by a statement that makes us forget.
    """
    memories = _work().memories
    if key not in memories:
        value = read()
        memories[key] = value
    return cast(R, memories[key])


def remember(key: Hashable, value: Any) -> None:
    """Put what was read together with others where `remembered` finds it."""
    _work().memories[key] = value


def recall(key: Hashable) -> Any:
    """What is remembered under this key. Raises KeyError."""
    return _work().memories[key]


def forget(key: Hashable) -> None:
    """It has to be read again."""
    _work().memories.pop(key, None)


def remembers(key: Hashable) -> bool:
    """Whether it was read already."""
    return key in _work().memories


def times_forgotten() -> int:
    """Grows whenever everything that was held or remembered is forgotten."""
    return _work().forgotten


# The statements


def _values(row: Model, names: tuple[str, ...] = (), *, new: bool = False) -> Values:
    """What stands in these fields of a row now; without `names`, in all of them."""
    columns, read, others = _reading(type(row), names)
    values: Values = dict(zip(columns, read(row), strict=True))
    for column in others:
        value = column.pre_save(row, new)
        if isinstance(column, JSONField) and value is not None:
            # As it is now, and as the field would encode it.
            values[str(column.column)] = orjson.Fragment(_json(value, column.encoder))
        elif not isinstance(value, DatabaseDefault):
            values[column.column] = column.get_prep_value(value)
    return values


def _json(value: Any, encoder: Any) -> str | bytes:
    if encoder is None:
        with suppress(TypeError):  # such as keys that are no text
            return orjson.dumps(value, option=orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS)
    return json.dumps(value, cls=encoder)


PLAIN = {
    models.BooleanField,
    models.CharField,
    models.DateTimeField,
    models.ForeignKey,
    models.TextField,
    models.UUIDField,
}
"""Fields whose values PostgreSQL takes from JSON just as they are, and nobody can change afterwards."""


@cache
def _reading(
    model: type[Model], names: tuple[str, ...]
) -> tuple[tuple[str, ...], Callable[[Model], tuple[Any, ...]], list[Any]]:
    """The columns of plain fields, how to read them all at once, and the other fields."""
    fields: list[Any] = list(map(model._meta.get_field, names)) or list(model._meta.concrete_fields)
    plain = [field for field in fields if type(field) in PLAIN and not _is_made(field)]
    attributes = [field.attname for field in plain]
    one = attrgetter(*attributes) if attributes else None

    def read(row: Model) -> tuple[Any, ...]:
        values = one(row) if one else ()
        return values if len(attributes) != 1 else (values,)

    return tuple(str(field.column) for field in plain), read, [field for field in fields if field not in plain]


def _is_made(field: Any) -> bool:
    return field.has_db_default() or getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)


def _by_columns(rows: Mapping[Any, Values]) -> dict[tuple[str, ...], list[tuple[Any, Values]]]:
    groups: dict[tuple[str, ...], list[tuple[Any, Values]]] = {}
    for pk, values in rows.items():
        groups.setdefault(tuple(values), []).append((pk, values))
    return groups


def _insert(
    model: type[Model],
    columns: Sequence[str],
    rows: Sequence[tuple[Any, Values]],
    replacing: Sequence[str] = (),
    *,
    unless_there: bool = False,
) -> list[Any]:
    names = ", ".join(f'"{column}"' for column in columns)
    table = model._meta.db_table
    statement = (
        f'INSERT INTO "{table}" ({names}) SELECT {names} FROM json_populate_recordset(NULL::"{table}", %s::json)'
    )
    if replacing:
        others = ", ".join(f'"{column}" = excluded."{column}"' for column in columns if column not in replacing)
        statement += f" ON CONFLICT ({', '.join(replacing)}) DO UPDATE SET {others}"
    if unless_there:
        statement += f' ON CONFLICT DO NOTHING RETURNING "{model._meta.pk.column}"'
    try:
        return [pk for (pk,) in _send(statement, [values for _, values in rows])]
    except IntegrityError as error:
        if violated_constraint(error) == f"{table}_pkey":
            raise Conflict("id_taken", "This id belongs to something else. Make a new one.") from error
        raise


def _update(model: type[Model], columns: Sequence[str], rows: Sequence[tuple[Any, Values]]) -> None:
    table, key = model._meta.db_table, str(model._meta.pk.column)
    assignments = ", ".join(f'"{column}" = new."{column}"' for column in columns)
    _send(
        f'UPDATE "{table}" AS old SET {assignments} FROM json_populate_recordset(NULL::"{table}", %s::json) AS new '
        f'WHERE old."{key}" = new."{key}"',
        [{**values, key: pk} for pk, values in rows],
    )


def _send(statement: str, rows: list[Values]) -> list[tuple[Any, ...]]:
    """The rows travel beside the statement: within it, PostgreSQL would have to find the end of a very long text."""
    return execute(statement, [orjson.dumps(rows, default=_plain).decode()])


def _plain(value: Any) -> Any:
    """What JSON does not know, as PostgreSQL reads it."""
    if isinstance(value, timedelta):
        return f"{value // timedelta(microseconds=1)} microseconds"
    if isinstance(value, bytes | memoryview):
        return "\\x" + bytes(value).hex()
    return str(value)
