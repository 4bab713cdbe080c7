"""`manage.py load_demo`: an empty database becomes a place where one can look around."""

import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from fieldsvc.demo.loading import load


class Command(BaseCommand):
    help = "Load people, parts, places, 1,000 real requests and a working day. Loading again changes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("This is for demonstrations only. Set DEMO=1 if this database may have one.")
        began = step_began = time.monotonic()
        changed = False
        for loaded in load():
            seconds = time.monotonic() - step_began
            outcome = f"{loaded.made:,} new" if loaded.made else "there already"
            self.stdout.write(f"{loaded.what}: {outcome} ({seconds:.1f} s)")
            self.stdout.flush()
            changed = changed or loaded.made > 0
            step_began = time.monotonic()
        seconds = time.monotonic() - began
        self.stdout.write(f"The demonstration is {'loaded' if changed else 'unchanged'} ({seconds:.1f} s).")
