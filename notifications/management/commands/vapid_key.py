from typing import Any

from django.core.management.base import BaseCommand

from notifications.push.keys import new_private_key


class Command(BaseCommand):
    help = "Print a new key for web push, to be set as VAPID_PRIVATE_KEY and kept: with another, all subscribe anew."
    requires_system_checks: tuple[str, ...] = ()

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(new_private_key())
