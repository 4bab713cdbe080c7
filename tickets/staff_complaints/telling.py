"""Who hears of a complaint about staff: those who handle it, and whoever complains. Never the person concerned.

Notices to those who handle it say nothing of what it is about, so that nobody reads it over a shoulder.
"""

from typing import Any
from uuid import UUID

from accounts.models import User
from notifications.models import Notice
from notifications.services import notify
from sync.commands import Actor
from tickets.staff_complaints.access import handlers_of
from tickets.staff_complaints.models import StaffComplaint

COLLECTION = "staff_complaints"
OUTCOMES = {
    StaffComplaint.Outcome.UPHELD: ("You were right to complain.", "您的投诉成立。"),
    StaffComplaint.Outcome.PARTLY_UPHELD: ("You were right in part.", "您的投诉部分成立。"),
    StaffComplaint.Outcome.NOT_UPHELD: ("We could not confirm it.", "经核查，投诉未能成立。"),
}
"""In English and Chinese."""


def tell_handlers(complaint: StaffComplaint, *, actor: Actor, once_for: UUID) -> None:
    """Somebody has to see to it. Whoever acts knows."""
    people = [person for person in handlers_of(complaint) if person != actor.user]
    _tell(complaint, people, "staff_complaint_received", actor=actor, once=str(once_for), due_at=complaint.due_at)


def warn(complaint: StaffComplaint, percent: int, *, actor: Actor) -> None:
    """So much of the time for the first reply is used up."""
    _tell(
        complaint,
        handlers_of(complaint),
        "staff_complaint_warning",
        actor=actor,
        once=f"{complaint.pk}:{percent}",
        urgent=percent >= 100,
        percent=percent,
        due_at=complaint.due_at,
    )


def tell_handlers_of_withdrawal(complaint: StaffComplaint, *, actor: Actor) -> None:
    """Nothing is to be done any more: whoever has it hears so, or all who would have."""
    people = [complaint.handler] if complaint.handler else handlers_of(complaint)
    people = [person for person in people if person != actor.user]
    _tell(complaint, people, "staff_complaint_withdrawn", actor=actor, once=str(complaint.pk))


def tell_resident(complaint: StaffComplaint, kind: str, *, actor: Actor, once_for: UUID, **text: Any) -> None:
    """What has become of it, if they are registered."""
    if complaint.resident is not None:
        _tell(complaint, [complaint.resident], kind, actor=actor, once=str(once_for), **text)


def take_back(complaint: StaffComplaint, person: User) -> None:
    """Whoever turns out to be concerned has never heard of it."""
    Notice.objects.filter(user=person, subject_collection=COLLECTION, subject_id=complaint.pk).delete()


def _tell(
    complaint: StaffComplaint,
    people: list[User],
    kind: str,
    *,
    actor: Actor,
    once: str,
    urgent: bool = False,
    **text: Any,
) -> None:
    notify(
        actor=actor,
        to=people,
        kind=kind,
        subject=(COLLECTION, complaint.pk),
        text={"reference": complaint.reference, **text},
        territory_id=complaint.territory_id,
        dedupe_key=f"{kind}:{once}",
        urgent=urgent,
    )
