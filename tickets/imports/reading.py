"""From the bytes of a civic export to requests, one row at a time.

Two shapes are told apart by nothing but their header: the download with display names (`Unique Key`,
`06/26/2018 10:58:54 AM`) and the API's export (`unique_key`, `2018-06-26T10:58:54.000`). A name is brought to the
second form, a time is read in either, so everything after this module knows one shape only.

What is wrong with the file is raised as `Invalid`; what is wrong with a row is a `Rejection`, and reading goes on.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from fieldsvc.errors import Invalid
from tickets.imports import tables

REQUIRED = {
    "unique_key": "Unique Key",
    "created_date": "Created Date",
    "closed_date": "Closed Date",
    "complaint_type": "Complaint Type",
    "status": "Status",
    "borough": "Borough",
}
"""The columns without which a row cannot be a ticket, with their display names."""

RENAMED = {
    "problem_formerly_complaint_type": "complaint_type",
    "problem_detail_formerly_descriptor": "descriptor",
}
"""Columns that newer exports call differently."""

DISPLAY_TIME = "%m/%d/%Y %I:%M:%S %p"
KEY_LENGTH = 64
SNIFFED = 4096
"""Bytes looked at to tell text from something else."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """A row that did not become a ticket. `line` is where it starts in the file, counted from 1."""

    line: int
    key: str
    reason: str


@dataclass(frozen=True, slots=True)
class Request:
    """One row, understood. Two requests are equal when they mean the same, however they were written."""

    key: str
    complaint_type: str
    descriptor: str
    territory: str
    service_type: str
    status: str
    reported_at: datetime
    closed_at: datetime | None
    """As the source says, also where the status says something else."""
    address: str
    latitude: float | None
    longitude: float | None
    location_type: str
    agency: str
    channel: str
    resolution: str
    resolution_at: datetime | None
    flags: tuple[str, ...]
    line: int = field(compare=False)
    original: Mapping[str, str] = field(compare=False)
    """Every cell that was not empty, as it was, by the API's column names."""


class _RowError(Exception):
    """Why this row cannot be taken; becomes a Rejection."""


def read_requests(path: Path) -> Iterator[Request | Rejection]:
    """Read an export from its first byte to its last, holding one row at a time.

    Raises Invalid("import_file_empty"), Invalid("import_not_csv") or Invalid("import_columns_missing") before the
    first row, and OSError when there is no such file.
    """
    with path.open("rb") as file:
        check_start(file.peek(SNIFFED)[:SNIFFED])
        # Bytes that are not UTF-8 are carried through, so that they cost their own row and not the rest of the file.
        text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="surrogateescape", newline="")
        reader = csv.reader(text)
        columns = _columns(reader)
        while True:
            line = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield Rejection(line, "", f"Lines {line} to {reader.line_num} are not CSV ({error}): an open quote?")
                continue
            if cells:
                yield _row(columns, cells, line)


def read_original(original: Mapping[str, str]) -> Request:
    """Read once more what an earlier import kept in `original`.

    Raises Invalid("import_original_unreadable") when the tables no longer know its words.
    """
    try:
        return _request(original, line=0)
    except _RowError as reason:
        raise Invalid("import_original_unreadable", str(reason)) from reason


def check_start(start: bytes) -> None:
    """Refuse what cannot be text, by its first bytes."""
    if not start.strip(b"\xef\xbb\xbf \r\n\t"):
        raise Invalid("import_file_empty", "The file is empty.")
    if start.startswith(b"PK\x03\x04"):
        raise Invalid("import_not_csv", "This is a ZIP archive or a spreadsheet. Save it as CSV (UTF-8) first.")
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Invalid("import_not_csv", "The file is UTF-16. Save it as CSV in UTF-8 first.")
    if b"\0" in start:
        raise Invalid("import_not_csv", "This is not a text file. The import reads CSV in UTF-8.")


def _columns(reader: Iterator[list[str]]) -> list[str]:
    """The names of the header, in the form of the API."""
    try:
        header = next(reader)
    except (StopIteration, csv.Error) as error:
        raise Invalid("import_not_csv", f"The header cannot be read as CSV ({error}).") from error
    names = [re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") for name in header]
    columns = [RENAMED.get(name, name) for name in names]
    missing = [name for name in REQUIRED if name not in columns]
    if len(missing) == len(REQUIRED):
        raise Invalid(
            "import_not_csv",
            "The first line names none of the expected columns: is this the comma-separated export? "
            f"Expected at least: {', '.join(REQUIRED.values())}.",
        )
    if missing:
        listed = ", ".join(f"{REQUIRED[name]} ({name})" for name in missing)
        raise Invalid("import_columns_missing", f"The header lacks these columns: {listed}.", columns=missing)
    twice = sorted({name for name in columns if name and columns.count(name) > 1})
    if twice:
        raise Invalid("import_not_csv", f"The header names these columns twice: {', '.join(twice)}.")
    return columns


def _row(columns: list[str], cells: list[str], line: int) -> Request | Rejection:
    original = {name: cell for name, cell in zip(columns, cells, strict=False) if name and cell}
    try:
        if len(cells) != len(columns):
            raise _RowError(f"The row has {len(cells)} cells and the header {len(columns)}.")
        _check_characters("".join(cells))
        return _request(original, line)
    except _RowError as reason:
        key = original.get("unique_key", "").encode("utf-8", "replace").decode().strip()[:KEY_LENGTH]
        return Rejection(line, key, str(reason))


def _check_characters(text: str) -> None:
    if "\0" in text:
        raise _RowError("The row contains a NUL character.")
    if not text.isascii():
        try:
            text.encode("utf-8")
        except UnicodeEncodeError as error:
            raise _RowError("The row is not UTF-8 text.") from error


def _request(original: Mapping[str, str], line: int) -> Request:
    """Understand one row, or raise _RowError with the first reason why not."""

    def cell(name: str) -> str:
        return original.get(name, "").strip()

    flags: list[str] = []
    key = cell("unique_key")
    if not key:
        raise _RowError("Unique Key is missing.")
    if len(key) > KEY_LENGTH:
        raise _RowError(f"Unique Key is longer than {KEY_LENGTH} characters.")
    if not cell("complaint_type"):
        raise _RowError("Complaint Type is missing.")
    territory = tables.territory_of(cell("borough"))
    if territory is None:
        raise _RowError(f"Borough {cell('borough')!r} is not in the table.")
    if not cell("created_date"):
        raise _RowError("Created Date is missing.")
    reported_at = _moment("Created Date", cell("created_date"), None, flags)
    closed_at = _optional_moment("Closed Date", cell("closed_date"), reported_at, flags)
    resolution_at = _optional_moment(
        "Resolution Action Updated Date", cell("resolution_action_updated_date"), reported_at, flags
    )
    if closed_at and closed_at < reported_at:
        flags.append("closed_before_created")
    status = tables.status_of(cell("status"))
    if status is None:
        status = "new"
        flags.append("status_unknown")
    if status == "closed" and closed_at is None:
        flags.append("closed_time_unknown")
    latitude, longitude = _place(cell("latitude"), cell("longitude"), flags)
    return Request(
        key=key,
        complaint_type=cell("complaint_type"),
        descriptor=cell("descriptor"),
        territory=territory.code,
        service_type=tables.service_type_of(cell("complaint_type")),
        status=status,
        reported_at=reported_at,
        closed_at=closed_at,
        address=_address(original),
        latitude=latitude,
        longitude=longitude,
        location_type=cell("location_type"),
        agency=cell("agency_name") or cell("agency"),
        channel=cell("open_data_channel_type").lower(),
        resolution=cell("resolution_description"),
        resolution_at=resolution_at,
        flags=tuple(dict.fromkeys(flags)),
        line=line,
        original=original,
    )


def _optional_moment(column: str, text: str, not_before: datetime, flags: list[str]) -> datetime | None:
    return _moment(column, text, not_before, flags) if text else None


def _moment(column: str, text: str, not_before: datetime | None, flags: list[str]) -> datetime:
    """The moment (UTC) that a cell names, in city time unless it says otherwise."""
    try:
        # As the wall clock shows it: the zone comes next.
        written = datetime.strptime(text, DISPLAY_TIME) if "/" in text else datetime.fromisoformat(text)  # noqa: DTZ007
        if written.tzinfo is not None:
            return written.astimezone(UTC)
        return _from_city_time(written, not_before, flags)
    except (ValueError, OverflowError) as error:
        raise _RowError(f"{column} {text[:40]!r} is not a time.") from error


def _from_city_time(written: datetime, not_before: datetime | None, flags: list[str]) -> datetime:
    """The moment at which the city's clocks showed `written`.

    In the hour that comes twice when summer time ends, the first pass is meant, unless that lies before `not_before`.
    A time that the clocks skipped when summer time began is read by the clock as it went before. Both are flagged.
    """
    first = written.replace(tzinfo=tables.CITY_TIME, fold=0)
    second = first.replace(fold=1)
    if first.utcoffset() == second.utcoffset():
        return first.astimezone(UTC)
    moment, later = first.astimezone(UTC), second.astimezone(UTC)
    if later < moment:
        flags.append("time_skipped")
        return moment
    flags.append("time_ambiguous")
    return later if not_before is not None and moment < not_before <= later else moment


def _place(latitude: str, longitude: str, flags: list[str]) -> tuple[float | None, float | None]:
    """Degrees (WGS 84), or neither where the row has none. A place outside the city is no place, and flagged."""
    if not latitude and not longitude:
        return None, None
    try:
        place = float(latitude or 0), float(longitude or 0)
    except ValueError as error:
        raise _RowError(f"Latitude {latitude[:40]!r} and longitude {longitude[:40]!r} are not numbers.") from error
    if not (-90 <= place[0] <= 90 and -180 <= place[1] <= 180):
        raise _RowError(f"Latitude {latitude[:40]} and longitude {longitude[:40]} are not on this planet.")
    low, high = zip(tables.PLAUSIBLE_LATITUDES, tables.PLAUSIBLE_LONGITUDES, strict=True)
    if not all(lowest <= degrees <= highest for lowest, degrees, highest in zip(low, place, high, strict=True)):
        flags.append("place_implausible")
        return None, None
    return place


def _address(original: Mapping[str, str]) -> str:
    """The street address or, where there is none, the crossing or the street, with the part of town."""

    def cell(name: str) -> str:
        return " ".join(original.get(name, "").split())

    crossing = " & ".join(filter(None, (cell("intersection_street_1"), cell("intersection_street_2"))))
    street = cell("incident_address") or crossing or cell("street_name")
    return ", ".join(filter(None, (street, cell("city"), cell("incident_zip")))) if street else ""
