"""The import of a civic export: rows become tickets, in batches, and the same rows again change nothing."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from uuid import UUID

from django.db import connection

from accounts.models import Territory
from fieldsvc.errors import Invalid
from sync.commands import Actor, command
from tickets.clock import services as clock
from tickets.complaints.models import Ticket
from tickets.imports import tables
from tickets.imports.reading import Rejection, Request, read_original, read_requests
from tickets.imports.relating import Found, relate
from tickets.imports.writing import Change, Writer
from tickets.service_types.defaults import coded_texts
from tickets.service_types.models import ServiceType

BATCH = 500
"""Rows per transaction."""
WARNED_FOR = timedelta(hours=48)
"""How old a request may be at its import for anybody to be warned when its time runs out."""


@dataclass(slots=True)
class ImportReport:
    """How many rows there were, and what became of them. `flags` counts what is odd about rows that were taken."""

    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    flags: Counter[str] = field(default_factory=Counter)
    found: Found = field(default_factory=Found)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is to be done with a batch."""

    new: list[Request]
    changed: list[Change]


def import_requests(
    *,
    actor: Actor,
    occurred_at: datetime,
    path: Path,
    dry_run: bool = False,
    start_clocks: bool = False,
    on_rejection: Callable[[Rejection], object] = lambda rejection: None,
    on_progress: Callable[[ImportReport], object] = lambda report: None,
) -> ImportReport:
    """Import the export at `path`, 500 rows per transaction; what was committed stays when a later batch fails.

    A row is known by the city's key. One that is here already and means the same is left alone; one that changed at
    its source updates what nobody has changed here, and the ticket's timeline keeps the former values. Requests that
    the city has closed never start a clock; open ones only with `start_clocks`, and those older than 48 hours are
    judged without a warning, as years of them would set off everything at once. A dry run reads, compares and
    reports, and writes nothing.

    Memory holds one batch, and the keys and ids met so far (about 150 bytes per row). When all of it is there, the new
    tickets are compared with each other and with what was there before, by the rules of intake, and judged by the
    clocks, whether any are started or not: see `relating.py`.

    Raises Invalid for a file that cannot be read at all: see `reading.read_requests`.
    """
    report = ImportReport()
    created: list[UUID] = []
    rows = _first_of_each_key(read_requests(path))
    while batch := list(islice(rows, BATCH)):
        requests = [row for row in batch if isinstance(row, Request)]
        for row in batch:
            if isinstance(row, Rejection):
                on_rejection(row)
        if dry_run:
            plan = _plan(requests, _known_tickets(requests))
        else:
            plan, new = _import_batch(
                actor=actor, occurred_at=occurred_at, requests=requests, start_clocks=start_clocks
            )
            created.extend(new)
        report.rows += len(batch)
        report.rejected += len(batch) - len(requests)
        report.created += len(plan.new)
        report.updated += len(plan.changed)
        report.unchanged += len(requests) - len(plan.new) - len(plan.changed)
        report.flags.update(flag for request in requests for flag in request.flags)
        on_progress(report)
    for portion in (created[start : start + BATCH] for start in range(0, len(created), BATCH)):
        relate(report.found, actor=actor, occurred_at=occurred_at, ticket_ids=portion)
    return report


def _first_of_each_key(rows: Iterable[Request | Rejection]) -> Iterator[Request | Rejection]:
    """Reject every row whose key stood further up in the same file."""
    lines: dict[str, int] = {}
    for row in rows:
        if isinstance(row, Request):
            first = lines.setdefault(row.key, row.line)
            if first != row.line:
                yield Rejection(row.line, row.key, f"The same Unique Key stands in line {first}; that row counts.")
                continue
        yield row


@command
def _import_batch(
    *, actor: Actor, occurred_at: datetime, requests: Collection[Request], start_clocks: bool
) -> tuple[_Plan, list[UUID]]:
    """Write what is new or changed in one batch; answers the ids of what is new, too."""
    # Two imports at the same time take turns by batch, so that the second one finds the tickets of the first.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"import:{tables.SOURCE}"])
    plan = _plan(requests, _known_tickets(requests, lock=True))
    created: list[Ticket] = []
    if plan.new or plan.changed:
        writer = Writer(actor, occurred_at, ensure_territories(), ensure_service_types())
        created = writer.create(plan.new)
        writer.update(plan.changed)
        if start_clocks:
            _start_clocks(created, occurred_at)
    return plan, [ticket.pk for ticket in created]


def _start_clocks(tickets: Iterable[Ticket], occurred_at: datetime) -> None:
    for ticket in tickets:
        if ticket.status in Ticket.OPEN:
            recent = occurred_at - ticket.reported_at < WARNED_FOR
            clock.start_clocks(ticket, at=ticket.reported_at, warn=recent)


def _known_tickets(requests: Iterable[Request], *, lock: bool = False) -> dict[str, Ticket]:
    """The tickets that earlier imports made of these requests, by the city's key."""
    imported = Ticket.objects.filter(external_source=tables.SOURCE).exclude(external_key="")  # as the index says
    tickets = imported.filter(external_key__in=[request.key for request in requests]).order_by("id")
    return {ticket.external_key: ticket for ticket in (tickets.select_for_update() if lock else tickets)}


def _plan(requests: Iterable[Request], known: Mapping[str, Ticket]) -> _Plan:
    plan = _Plan([], [])
    for request in requests:
        ticket = known.get(request.key)
        if ticket is None:
            plan.new.append(request)
            continue
        before = _imported_before(ticket)
        if before != request:
            plan.changed.append(Change(ticket, before, request))
    return plan


def _imported_before(ticket: Ticket) -> Request | None:
    """The row from which the ticket was made or last updated."""
    try:
        return read_original(ticket.details.get("original", {}))
    except Invalid:
        return None


def ensure_territories() -> dict[str, Territory]:
    """The territories of the city, made if they are missing, by code."""
    wanted = tables.territories()
    found = Territory.objects.in_bulk([each.code for each in wanted], field_name="code")
    missing = [each for each in wanted if each.code not in found]
    for each in missing:
        found[each.code] = Territory.objects.create(
            code=each.code, name=each.name, name_zh=each.name_zh, time_zone=str(tables.CITY_TIME)
        )
    return found


def ensure_service_types() -> dict[str, ServiceType]:
    """The civic service types, made if they are missing, by code. Ones that were changed here are left as they are."""
    codes = [each.code for each in tables.SERVICE_TYPES]
    found = ServiceType.objects.in_bulk(codes, field_name="code")
    missing = [each for each in tables.SERVICE_TYPES if each.code not in found]
    for each in missing:
        found[each.code] = ServiceType.objects.create(
            code=each.code,
            name=each.name,
            name_zh=each.name_zh,
            form=tables.FORM,
            resolution_codes=coded_texts(tables.RESOLUTIONS),
            default_priority=each.priority,
        )
    return found
