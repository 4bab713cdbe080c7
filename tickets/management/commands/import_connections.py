"""`manage.py import_connections FILE`: which sites hang on which segments of networks."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from fieldsvc.errors import Invalid
from fieldsvc.time import now
from sync.commands import Actor
from tickets.segments.importing import import_connections


class Command(BaseCommand):
    help = (
        "Connect sites to segments of networks (CSV with the columns territory, segment, complex, address; without an "
        "address, all sites of the complex). Running it again changes nothing. Rows that cannot be taken are listed "
        "with line and reason; the others stand."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the table")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            report = import_connections(
                actor=Actor.system(),
                occurred_at=now(),
                path=file,
                on_rejection=lambda rejection: self.stderr.write(f"line {rejection.line}: {rejection.reason}"),
            )
        except Invalid as error:
            raise CommandError(f"{file}: {error.detail}") from error
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}") from error
        self.stdout.write(
            f"{report.rows:,} rows, {report.rejected:,} rejected; {report.connected:,} sites connected, "
            f"{report.unchanged:,} were already."
        )
