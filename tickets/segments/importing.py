"""What hangs on what, from a table: as the network's own records, or a spreadsheet, tell it."""

import csv
import io
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from uuid import UUID

from fieldsvc.errors import Invalid
from sync.commands import Actor
from tickets.imports.reading import SNIFFED, Rejection, check_start
from tickets.segments.models import NetworkSegment
from tickets.segments.services import connect_sites
from tickets.sites.models import Site
from tickets.sites.services import tidy

COLUMNS = ("territory", "segment", "complex", "address")
"""Codes of territory and segment, and a site as it is written in our record; without an address, all of the complex."""
BATCH = 500
"""Sites per transaction."""

Address = tuple[str, str]


@dataclass(slots=True)
class ConnectionReport:
    """How many rows there were and were not taken, and how many sites hang on something more, or did already."""

    rows: int = 0
    rejected: int = 0
    connected: int = 0
    unchanged: int = 0


def import_connections(
    *, actor: Actor, occurred_at: datetime, path: Path, on_rejection: Callable[[Rejection], object]
) -> ConnectionReport:
    """Connect the sites of a CSV file; the same file again changes nothing, and what it does not name stays connected.

    A row whose segment or site is not known is rejected, and the others stand. Raises Invalid("import_file_empty"),
    Invalid("import_not_csv"), Invalid("import_columns_missing"), and OSError when there is no such file.
    """
    report = ConnectionReport()
    segments = {(row.territory.code, row.code): row for row in NetworkSegment.objects.select_related("territory")}
    addresses = cache(_addresses)
    wanted: dict[UUID, set[UUID]] = defaultdict(set)
    for line, row in _read(path):
        report.rows += 1
        territory, code, complex, address = (row[column] for column in COLUMNS)
        segment = segments.get((territory, code))
        if segment is None:
            reason = f"There is no segment '{code}' in a territory '{territory}'."
        elif sites := addresses(segment.territory_id).get((complex.lower(), address.lower())):
            wanted[segment.pk].update(sites)
            continue
        else:
            reason = f"There is no site '{complex}', '{address}' in the territory '{territory}'."
        report.rejected += 1
        on_rejection(Rejection(line, code, reason))
    for segment_id, ids in wanted.items():
        for batch in _batches(sorted(ids)):
            before = _hanging(segment_id)
            connect_sites(actor=actor, occurred_at=occurred_at, segment_id=segment_id, site_ids=batch)
            connected = _hanging(segment_id) - before
            report.connected += connected
            report.unchanged += len(batch) - connected
    return report


def _read(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows, tidied, with the line at which each ends."""
    with path.open("rb") as file:
        check_start(file.peek(SNIFFED)[:SNIFFED])
        try:
            reader = csv.DictReader(io.TextIOWrapper(file, encoding="utf-8-sig", newline=""), strict=True)
            if missing := [column for column in COLUMNS if column not in (reader.fieldnames or ())]:
                detail = f"Export with the columns {', '.join(missing)}."
                raise Invalid("import_columns_missing", detail, columns=missing)
            for row in reader:
                yield reader.line_num, {column: tidy(row[column] or "") for column in COLUMNS}
        except (csv.Error, UnicodeDecodeError) as error:
            raise Invalid("import_not_csv", f"Save it as CSV (UTF-8): {error}.") from error


def _addresses(territory_id: UUID) -> dict[Address, list[UUID]]:
    """The sites of a territory, each by its address in its complex, and with all others of the complex by that."""
    found: dict[Address, list[UUID]] = defaultdict(list)
    rows = Site.objects.filter(territory=territory_id).values_list("pk", "complex", "address")
    for pk, complex, address in rows.iterator(chunk_size=5_000):
        found[complex.lower(), address.lower()].append(pk)
        if address and complex:
            found[complex.lower(), ""].append(pk)
    return dict(found)


def _batches(ids: list[UUID]) -> Iterator[list[UUID]]:
    yield from (ids[start : start + BATCH] for start in range(0, len(ids), BATCH))


def _hanging(segment_id: UUID) -> int:
    return NetworkSegment.objects.get(pk=segment_id).connections.filter(until=None).count()
