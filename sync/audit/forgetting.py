"""What of the audit need not be kept any more: so many days for each kind, by the settings."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from fieldsvc.time import now
from sync.audit.models import AuditEntry
from sync.sql import execute

DAYS = 730
"""Where the project does not say."""
BATCH = 5_000
"""Entries that go in one transaction."""


def kept_days(kind: str) -> int:
    """How long entries of this kind are kept: `AUDIT_DAYS`, by kind, or under `*` for all others."""
    days: dict[str, int] = getattr(settings, "AUDIT_DAYS", {})
    return days.get(kind, days.get("*", DAYS))


def forget() -> int:
    """Forget what is older than its kind is kept; returns how many entries went. Safe beside itself."""
    gone = 0
    for kind in AuditEntry.objects.order_by("kind").values_list("kind", flat=True).distinct():
        while count := _forget(kind, now() - timedelta(days=kept_days(kind))):
            gone += count
    return gone


@transaction.atomic
def _forget(kind: str, before: datetime) -> int:
    """The oldest are the first in the index of their kind, so that looking for them costs nothing."""
    execute("SELECT set_config('fieldsvc.forgetting', 'yes', true)")
    rows = execute(
        "DELETE FROM sync_auditentry WHERE id IN (SELECT id FROM (SELECT id, at FROM sync_auditentry WHERE kind = %s "
        "ORDER BY id LIMIT %s) AS oldest WHERE at < least(%s, now() - interval '30 days')) RETURNING 1",
        [kind, BATCH, before],
    )
    execute("SELECT set_config('fieldsvc.forgetting', '', true)")
    return len(rows)
