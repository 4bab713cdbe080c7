from typing import Any

from django.core.management.base import BaseCommand, CommandError

from parts.quantities import plain
from parts.stock.proof import differences


class Command(BaseCommand):
    help = (
        "Proves that the stock books are right: every balance equals the sum of the movements to and from its place, "
        "and every serial is where its movements left it. Reads only and may run at any time. "
        "Prints each difference and ends with exit code 1 if there is one, with 0 if there is none."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        found = differences()
        for difference in found:
            what = f"{difference.part} ({difference.condition}) {difference.serial}".rstrip()
            moved, booked = plain(difference.moved), plain(difference.booked)
            self.stdout.write(f"{difference.location}: {what}: moved {moved}, booked {booked}")
        if found:
            raise CommandError(f"{len(found)} differences between the books and the movements.", returncode=1)
        self.stdout.write(self.style.SUCCESS("Balances and serials equal the sums of the movements."))
