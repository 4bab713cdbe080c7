from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from sync.feed.services import begin_epoch


class Command(BaseCommand):
    """Begin a new life of the database."""

    help = (
        "To be run once after the database was restored from a backup, or after a failover that lost something, before "
        "phones come back: each of them then starts over, and sends again what it was answered lately, which the "
        "database may have forgotten. What it has not forgotten does not count twice."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--yes", action="store_true", help="every phone shall download everything again")

    def handle(self, *args: Any, yes: bool, **options: Any) -> None:
        if not yes:
            raise CommandError(f"{self.help} Every phone will download everything again; if that is meant, add --yes.")
        self.stdout.write(f"The epoch {begin_epoch()} has begun.")
