"""The gateway of development: messages end in the log, and in a file beside the database, for whoever tries things out.

One-time codes are read there by people, and by `make day`. Only where codes are safe to show: see `sms_gateway()`.
"""

import logging
import os

from django.conf import settings

logger = logging.getLogger(__name__)


class LogGateway:
    """Sends nothing to nobody."""

    def send(self, to: str, text: str, *, reference: str, unsubscribe: str = "") -> None:
        logger.info("message to %s: %s", to, text)
        settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
        with open(
            settings.DATA_DIR / "messages.log", "a", opener=lambda path, flags: os.open(path, flags, 0o600)
        ) as file:
            file.write(f"{to} {text}\n")
