from typing import Any

from django.core.management.base import BaseCommand

from tickets.reports.services import rebuild


class Command(BaseCommand):
    """Reckon the sums of the reports anew."""

    help = (
        "Reckon the sums of the reports anew from the tickets themselves: after a formula has changed, or a restore. "
        "Safe beside a running server: reports are answered meanwhile as they were."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{rebuild():,} tickets were counted.")
