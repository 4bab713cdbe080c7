"""A warranty ends: whose ticket it comes from hears of it while something can still be done for nothing."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from uuid import uuid5

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet

from sync.commands import Actor, command
from tickets.complaints.models import Ticket
from tickets.complaints.telling import tell_resident
from tickets.quotes.models import QuoteLine
from tickets.reminders.models import WarrantyReminder
from tickets.reminders.timing import BATCH, last_reminder, to_remind_of
from tickets.warranties.models import Warranty
from tickets.warranties.selectors import CLAIM, STANDING

Kind = Warranty.Kind


@command
def remind_of_warranties(*, actor: Actor, occurred_at: datetime) -> int:
    """Remind residents of warranties that are about to end. Returns of how many: none when all is done.

    Each reminder of `WARRANTY_REMINDER_DAYS` once; what ends of one ticket on one day is one notice.
    """
    days, zone = settings.WARRANTY_REMINDER_DAYS, "ticket__territory__time_zone"
    sent = WarrantyReminder.objects.filter(warranty=OuterRef("pk"))
    due = to_remind_of("until", days, zone=zone, sent=sent, at=occurred_at, announcing=True)
    ending = _standing().filter(due, ticket__resident__is_active=True).order_by("until", "ticket_id", "serial", "pk")
    shown = ending.select_related("ticket__resident", "ticket__territory", "service_type", "part")
    reminders = [
        WarrantyReminder(
            warranty=warranty,
            days=last_reminder(days, of=warranty.until, there=warranty.ticket.territory, at=occurred_at),
            reminded_at=occurred_at,
        )
        for warranty in shown.select_for_update(of=("self",), skip_locked=True)[:BATCH]
    ]
    WarrantyReminder.objects.bulk_create(reminders, ignore_conflicts=True)
    for _, together in groupby(reminders, key=lambda one: (one.warranty.ticket_id, one.warranty.until, one.days)):
        _tell(list(together), actor=actor)
    return len(reminders)


def _standing() -> QuerySet[Warranty]:
    """Those that still answer for something: no unit that has, or was taken out, and no repair that was done anew."""
    claims = QuoteLine.objects.filter(CLAIM, warranty=OuterRef("pk"), quote__status__in=STANDING)
    anew = Warranty.objects.filter(ticket=OuterRef("ticket"), kind=Kind.REPAIR, until__gt=OuterRef("until"))
    done = (Ticket.Status.RESOLVED, Ticket.Status.CLOSED)
    given = Warranty.objects.filter(archived=False, replaced_for=None, ticket__status__in=done)
    return given.exclude(Exists(claims)).exclude(Exists(anew), kind=Kind.REPAIR)


def _tell(reminders: Sequence[WarrantyReminder], *, actor: Actor) -> None:
    first = reminders[0]
    names = dict.fromkeys(_what(reminder.warranty) for reminder in reminders)
    tell_resident(
        first.warranty.ticket,
        actor=actor,
        kind="warranty_ending",
        once_for=uuid5(first.warranty.pk, str(first.days)),
        text={
            "until": first.warranty.until.isoformat(),
            "what": ", ".join(name for name, _ in names),
            "what_zh": "、".join(name for _, name in names),
        },
    )


def _what(warranty: Warranty) -> tuple[str, str]:
    """What we answer for, in English and Chinese."""
    named, unit = warranty.part or warranty.service_type, f" {warranty.serial}" if warranty.serial else ""
    return named.name + unit, (named.name_zh or named.name) + unit
