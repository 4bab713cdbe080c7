from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from sync import retention


class Command(BaseCommand):
    """Remove what need not be remembered."""

    help = (
        "Remove tombstones and receipts that are older than their retention (SYNC: TOMBSTONE_DAYS, RECEIPT_DAYS). "
        "The worker does it every night. Safe beside a running server, and to repeat."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="say how many there are, and remove none")

    def handle(self, *args: Any, dry_run: bool, verbosity: int, **options: Any) -> None:
        def progress(what: str, so_far: int) -> None:
            if verbosity:
                self.stderr.write(f"{what}: {so_far:,} removed so far")

        removed = retention.count() if dry_run else retention.prune(progress)
        if verbosity:
            words = ", ".join(f"{number:,} {what}" for what, number in removed.items())
            self.stdout.write(f"{words} {'would be' if dry_run else 'were'} removed.")
