"""How devices are: what each has not sent, what of it waits for somebody, and how late and by which clock it comes."""

from collections import Counter, defaultdict
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, F, IntegerField, Max, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.module_loading import import_string

from fieldsvc.time import now
from sync import registry
from sync.conflicts.models import Conflict
from sync.devices.access import looked_after
from sync.devices.clock import CORRECTED_ABOVE
from sync.devices.models import Device
from sync.feed.models import FeedScope
from sync.operations.models import Receipt

LATELY = timedelta(days=7)
SILENT_AFTER = timedelta(days=1)
"""A device that nobody has heard of for so long is counted as silent."""
WAITING = Q(status__in=Receipt.WAITING, discarded_at=None)
REFUSED, BLOCKED = Q(status=Receipt.Status.REFUSED), Q(status=Receipt.Status.BLOCKED)
FIGURES = (
    "devices",
    "silent",
    "skewed",
    "pending_operations",
    "pending_uploads",
    "refused",
    "blocked",
    "open_conflicts",
)


def with_waiting(devices: QuerySet[Device]) -> QuerySet[Device]:
    """With the numbers of its operations that are `refused` or `blocked`, and of its `open_conflicts`."""
    receipts = Receipt.objects.filter(WAITING, device=OuterRef("pk")).order_by().values("device")
    conflicts = Conflict.objects.filter(device_id=OuterRef("pk"), status=Conflict.Status.OPEN).order_by()
    return devices.annotate(
        refused=_number(receipts.filter(REFUSED).annotate(number=Count("pk"))),
        blocked=_number(receipts.filter(BLOCKED).annotate(number=Count("pk"))),
        open_conflicts=_number(conflicts.values("device_id").annotate(number=Count("pk"))),
    )


def _number(counted: QuerySet[Any, Any]) -> Coalesce:
    return Coalesce(Subquery(counted.values("number"), output_field=IntegerField()), 0)


def lately(device: Device) -> dict[str, Any]:
    """Of the operations of the last seven days: how many, how many of them with which flag, and the longest delay."""
    flagged = {
        flag: Count("pk", filter=Q(flags__contains=[flag])) for flag in ("late", "bulk", "clock_corrected", "in_future")
    }
    came: dict[str, Any] = Receipt.objects.filter(device=device, received_at__gt=now() - LATELY).aggregate(
        operations=Count("pk"), delay=Max(F("received_at") - F("occurred_at")), **flagged
    )
    delay = came.pop("delay")
    return came | {"longest_delay_s": None if delay is None else round(delay.total_seconds())}


def scopes_of(device: Device) -> list[FeedScope]:
    """What its owner may pull, and how much there is in each; the fullest first."""
    return list(FeedScope.objects.filter(name__in=registry.open_scopes(device.user)).order_by("-documents", "name"))


def scopes_above_budget(user: Any) -> list[FeedScope]:
    """Scopes with more documents than a phone should carry: one's own, and those of the people whom one looks after.

    One query as long as there are none; else whose they are has to be asked of everybody.
    """
    above = FeedScope.objects.filter(documents__gt=registry.number("BUDGET")).order_by("-documents", "name")
    found = {scope.name: scope for scope in above}
    people = [user, *looked_after(user)] if found else []
    theirs = {name for person in people for name in registry.open_scopes(person)}
    return [scope for name, scope in found.items() if name in theirs]


def health_by_team(user: Any) -> list[dict[str, Any]]:
    """Figures of all devices of the people whom this person looks after, by team, in a constant number of queries.

    The project says who is in which team (`SYNC["TEAMS"]`); who is in two counts in both.
    """
    if "TEAMS" not in settings.SYNC:
        return []
    people, figures = looked_after(user), defaultdict[Any, Counter[str]](Counter)
    silent, skew = Q(last_contact_at=None) | Q(last_contact_at__lt=now() - SILENT_AFTER), _milliseconds(CORRECTED_ABOVE)
    devices = Device.objects.filter(user__in=people, cut_off_at=None).order_by().values("user")
    receipts = Receipt.objects.filter(WAITING, user__in=people).order_by().values("user")
    conflicts = Conflict.objects.filter(status=Conflict.Status.OPEN, device_by__in=people).order_by()
    rows: QuerySet[Any, Any]
    for rows in (
        devices.annotate(
            devices=Count("pk"),
            silent=Count("pk", filter=silent),
            skewed=Count("pk", filter=Q(skew_ms__gt=skew) | Q(skew_ms__lt=-skew)),
            pending_operations=Coalesce(Sum("pending_operations"), 0),
            pending_uploads=Coalesce(Sum("pending_uploads"), 0),
        ),
        receipts.annotate(refused=Count("pk", filter=REFUSED), blocked=Count("pk", filter=BLOCKED)),
        conflicts.values(user=F("device_by")).annotate(open_conflicts=Count("pk")),
    ):
        for row in rows:
            figures[row["user"]].update({name: number for name, number in row.items() if name in FIGURES})
    teams: dict[tuple[Any, str], Counter[str]] = defaultdict(Counter)
    for team, name, person in import_string(settings.SYNC["TEAMS"])(user):
        teams[team, name].update(figures[person])
    return [
        {"id": team, "name": name} | {figure: found[figure] for figure in FIGURES}
        for (team, name), found in sorted(teams.items(), key=lambda item: item[0][1])
    ]


def _milliseconds(span: timedelta) -> int:
    return round(span.total_seconds() * 1000)
