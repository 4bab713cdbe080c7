from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from sync import registry
from sync.feed import services


class Command(BaseCommand):
    """Render documents anew."""

    help = (
        "Render the documents that phones pull again, after a release has changed their shape, or has declared a "
        "collection over rows that were there before. Only those that come out different travel to phones. Safe to run "
        "at any time, beside a running server, and to repeat."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("collections", nargs="*", metavar="COLLECTION", help="only these; default: all of them")

    def handle(self, *args: Any, collections: list[str], verbosity: int, **options: Any) -> None:
        unknown = set(collections) - set(registry.documents())
        if unknown:
            known = ", ".join(sorted(registry.documents()))
            raise CommandError(f"There is no collection {', '.join(sorted(unknown))}. There are: {known}.")

        def progress(collection: str, so_far: int) -> None:
            if verbosity:
                self.stderr.write(f"{collection}: {so_far:,} rendered so far")

        caught_up = services.catch_up()
        rendered = services.rebuild(collections or None, progress)
        if verbosity:
            self.stdout.write(f"{rendered:,} documents rendered, {caught_up:,} marks caught up with.")
