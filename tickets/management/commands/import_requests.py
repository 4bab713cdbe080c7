"""`manage.py import_requests FILE`: real complaints from a civic export."""

import csv
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError, CommandParser

from fieldsvc.errors import Invalid
from fieldsvc.time import now
from sync.commands import Actor
from tickets.clock.models import TicketClock
from tickets.clock.services import FROM_THE_REPORT
from tickets.imports.reading import Rejection
from tickets.imports.services import ImportReport, import_requests

EVERY_ROWS = 10_000
"""How often progress is written where nobody watches a terminal."""
STANDINGS = {
    TicketClock.State.MET: "kept",
    TicketClock.State.BREACHED: "missed",
    TicketClock.State.RUNNING: "still running",
    TicketClock.State.STOPPED: "ended without",
    None: "not promised",
}
"""How a promise to an imported request may stand, for people."""


class Command(BaseCommand):
    help = (
        "Import complaints from a civic export (CSV; the columns of NYC 311, with display names or those of the API). "
        "Running it again changes nothing. Rows that cannot be taken are listed with line and reason; the others stand."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the export")
        parser.add_argument(
            "--rejects", type=Path, metavar="CSV", help="write the rejected rows here: line, key, reason"
        )
        parser.add_argument("--dry-run", action="store_true", help="read, compare and report, but write nothing")
        parser.add_argument(
            "--start-clocks",
            action="store_true",
            help="let the response clocks of open requests run from when they were reported",
        )

    def handle(
        self, *args: Any, file: Path, rejects: Path | None, dry_run: bool, start_clocks: bool, **options: Any
    ) -> None:
        progress = Progress(sys.stderr)
        try:
            if rejects is not None and rejects.exists() and rejects.samefile(file):
                raise CommandError("--rejects names the export itself, which would be overwritten.")
            with self._rejects_to(rejects) as on_rejection:
                report = import_requests(
                    actor=Actor.system(),
                    occurred_at=now(),
                    path=file,
                    dry_run=dry_run,
                    start_clocks=start_clocks,
                    on_rejection=on_rejection,
                    on_progress=progress,
                )
        except Invalid as error:
            raise CommandError(f"{file}: {error.detail}") from error
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}") from error
        progress.end()
        for line in summary(report, dry_run=dry_run):
            self.stdout.write(line)
        if rejects is not None and report.rejected:
            self.stdout.write(f"The rejected rows are listed in {rejects}.")

    @contextmanager
    def _rejects_to(self, path: Path | None) -> Iterator[Callable[[Rejection], object]]:
        """Where rejected rows go: a CSV file or, without one, standard error."""
        if path is None:
            yield lambda rejection: self.stderr.write(
                f"line {rejection.line}, {rejection.key or 'no key'}: {rejection.reason}"
            )
            return
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["line", "key", "reason"])
            yield lambda rejection: writer.writerow([rejection.line, rejection.key, rejection.reason])


class Progress:
    """Rows so far and rows per second: one line that keeps changing on a terminal, now and then a line in a log."""

    def __init__(self, out: TextIO) -> None:
        self.out = out
        self.began = time.monotonic()
        self.reported = 0

    def __call__(self, report: ImportReport) -> None:
        pace = report.rows / max(time.monotonic() - self.began, 0.001)
        text = f"{report.rows:,} rows, {pace:,.0f} rows/s"
        if self.out.isatty():
            self.out.write(f"\r{text} ")
            self.out.flush()
        elif report.rows >= self.reported + EVERY_ROWS:
            self.reported = report.rows
            self.out.write(f"{text}\n")

    def end(self) -> None:
        """Leave the line that kept changing."""
        if self.out.isatty():
            self.out.write("\n")


def summary(report: ImportReport, *, dry_run: bool) -> list[str]:
    """The outcome, for people."""
    lines = [
        f"{report.rows:,} rows: {report.created:,} new, {report.updated:,} updated, "
        f"{report.unchanged:,} unchanged, {report.rejected:,} rejected."
    ]
    if report.flags:
        flagged = ", ".join(f"{flag} {count:,}" for flag, count in sorted(report.flags.items()))
        lines.append(f"Taken and flagged: {flagged}.")
    if report.created and not dry_run:
        found = report.found
        lines.append(
            f"Of the new ones {found.duplicates:,} may be a second report of a fault, {found.repeats:,} repeat one "
            f"that had been resolved; {len(found.outages):,} outages with {found.outages.total():,} tickets."
        )
        lines.append("Promises, judged by the times in the data:")
        for target in FROM_THE_REPORT:
            standings = [f"{found.promises[target, state]:,} {word}" for state, word in STANDINGS.items()]
            lines.append(f"{target.label}: {', '.join(standings)}.")
    if dry_run:
        lines.append("Dry run: nothing was written.")
    elif not report.created and not report.updated:
        lines.append("Nothing was changed.")
    return lines
