"""Warnings that a first reply is due: each once, in order, also after the worker was down."""

from datetime import datetime

from sync.commands import Actor, command
from tickets.staff_complaints import telling
from tickets.staff_complaints.models import StaffComplaint, StaffComplaintEvent

PORTION = 200
"""Complaints per transaction."""


def sweep_staff_complaints(*, at: datetime) -> int:
    """Give all warnings that are due at `at`. Answers how many."""
    given = 0
    while (warnings := warn_of_portion(actor=Actor.system(), occurred_at=at)) is not None:
        given += warnings
    return given


@command
def warn_of_portion(*, actor: Actor, occurred_at: datetime) -> int | None:
    """The warnings of one portion; None when nothing is due and free. What somebody is busy with is left alone."""
    due = StaffComplaint.objects.filter(fires_at__lte=occurred_at).order_by("fires_at", "id")
    complaints = list(due.select_for_update(of=("self",), skip_locked=True, no_key=True)[:PORTION])
    events = []
    for complaint in complaints:
        assert complaint.fires_at is not None
        for percent, moment in zip(complaint.warn_percents, complaint.warn_at, strict=True):
            if complaint.fires_at <= moment <= occurred_at:
                events.append(
                    StaffComplaintEvent(
                        complaint=complaint,
                        kind=StaffComplaintEvent.Kind.WARNED,
                        concerned_id=complaint.concerned_id,
                        percent=percent,
                        occurred_at=moment,
                        received_at=occurred_at,
                    )
                )
                telling.warn(complaint, percent, actor=actor)
        complaint.fires_at = min((moment for moment in complaint.warn_at if moment > occurred_at), default=None)
    StaffComplaintEvent.objects.bulk_create(events)
    StaffComplaint.objects.bulk_update(complaints, ["fires_at"])
    return len(events) if complaints else None
