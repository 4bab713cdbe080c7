"""What the tests of this folder tell people."""

from datetime import UTC, datetime
from uuid import UUID

from accounts.models import Territory, User
from notifications.models import Notice
from notifications.services import notify
from sync.commands import Actor

VISIT = UUID("01930000-0000-7000-8000-000000000001")
TICKET = UUID("01930000-0000-7000-8000-000000000002")
MORNING = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


def dispatch_notice(
    *people: User, territory: Territory, about: UUID = VISIT, ticket_id: UUID | None = TICKET
) -> list[Notice]:
    """Tell technicians of a new visit. They have to acknowledge it."""
    told = set(Notice.objects.values_list("pk", flat=True))
    notify(
        actor=Actor.system(),
        to=people,
        kind="visit_dispatched",
        subject=("visits", about),
        ticket_id=ticket_id,
        territory_id=territory.pk,
        text={
            "reference": "FS-1000-7",
            "title": "No signal",
            "place": "Hotel Aurora",
            "place_zh": "极光酒店",
            "window_start": datetime(2026, 11, 22, 6, 0, tzinfo=UTC),
            "window_end": datetime(2026, 11, 22, 8, 0, tzinfo=UTC),
        },
        dedupe_key=f"dispatched:{about}",
        wants_ack=True,
        urgent=True,
    )
    return list(Notice.objects.exclude(pk__in=told).order_by("id"))


def arrival_notice(*people: User, wants_ack: bool = False) -> list[Notice]:
    """Tell residents that the technician is there. Nobody waits for an acknowledgement."""
    told = set(Notice.objects.values_list("pk", flat=True))
    notify(
        actor=Actor.system(),
        to=people,
        kind="technician_arrived",
        subject=("visits", VISIT),
        text={"reference": "FS-1000-7", "technician": "Tom Technician"},
        dedupe_key=f"arrived:{VISIT}",
        wants_ack=wants_ack,
    )
    return list(Notice.objects.exclude(pk__in=told).order_by("id"))
