"""Commands on complaints about staff.

| from | step | by | to |
|---|---|---|---|
| | filed | a resident, or the desk for somebody | received |
| received | taken, with the first reply | whoever handles it | in_review |
| in_review | answered, with an outcome | whoever has taken it | answered |
| received, in_review | withdrawn, with a reason | whoever complains | withdrawn |

As long as it is open it can be said whom it concerns. When that is the one who has taken it, they have it no more.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.models import DESK
from accounts.people.access import require_role
from accounts.people.phones import phone_number
from fieldsvc.errors import Conflict, Invalid
from fieldsvc.time import now
from sync.commands import Actor, command
from sync.ids import uuid7
from sync.repeats import id_taken, made_before
from tickets.complaints.references import next_reference
from tickets.sites.access import territory_to_work_in
from tickets.staff_complaints import access, telling
from tickets.staff_complaints.deadlines import first_reply_due
from tickets.staff_complaints.models import StaffComplaint, StaffComplaintEvent

State = StaffComplaint.State
Kind = StaffComplaintEvent.Kind


@command
def file_staff_complaint(
    *,
    actor: Actor,
    occurred_at: datetime,
    text: str,
    happened_at: datetime,
    id: UUID | None = None,
    person_id: UUID | None = None,
    visit_id: UUID | None = None,
    ticket_id: UUID | None = None,
    territory_id: UUID | None = None,
    contact_name: str = "",
    contact_number: str = "",
) -> StaffComplaint:
    """A resident complains about somebody, or the desk writes down what they say.

    It concerns the person who is named, else who made the visit, else nobody yet. The same id with the same words
    again is the same complaint.

    Raises Invalid (`happened_in_future`, `contact_required`, `phone_not_valid`, `ticket_unknown`, `visit_unknown`,
    `visit_elsewhere`, `person_unknown`, `territory_required`, `territory_unknown`), Conflict("id_taken"),
    Forbidden("role_required").
    """
    resident = access.resident_who_complains(actor, by_phone=bool(contact_name or contact_number))
    filed_by = actor.user and actor.user.pk
    if before := made_before(StaffComplaint, id, filed_by_id=filed_by, text=text):
        return before
    if happened_at > now():
        raise Invalid("happened_in_future", "Say when it really happened.", field="happened_at")
    if resident is None:
        contact_name, contact_number = _contact(contact_name, contact_number)
    visit = access.visit_to_complain_about(actor, visit_id, resident) if visit_id else None
    ticket = visit.ticket if visit else None
    if ticket_id is not None:
        ticket = access.ticket_to_complain_at(actor, ticket_id, resident)
    if visit and visit.ticket != ticket:
        raise Invalid("visit_elsewhere", "Choose a visit of this ticket.", field="visit_id")
    territory = ticket.territory if ticket else territory_to_work_in(actor, territory_id, *DESK)
    if resident is None or resident != actor.user:
        require_role(actor, *DESK, territory_id=territory.pk)
    concerned = visit.technician if visit else None
    if person_id is not None:
        concerned = access.person_to_complain_about(actor, person_id, territory, resident)
    complaint = StaffComplaint(
        pk=id or uuid7(),
        reference=next_reference(),
        territory=territory,
        text=text,
        happened_at=happened_at,
        ticket=ticket,
        visit=visit,
        concerned=concerned,
        resident=resident,
        contact_name=contact_name,
        contact_number=contact_number,
        filed_by=actor.user,
        received_at=occurred_at,
    )
    complaint.promise(first_reply_due(occurred_at))
    _insert(complaint)
    _record(complaint, Kind.FILED, actor=actor, at=occurred_at)
    telling.tell_handlers(complaint, actor=actor, once_for=complaint.pk)
    telling.tell_resident(
        complaint, "staff_complaint_filed", actor=actor, once_for=complaint.pk, due_at=complaint.due_at
    )
    return complaint


@command
def name_person_concerned(
    *, actor: Actor, occurred_at: datetime, complaint_id: UUID, person_id: UUID, reason: str = ""
) -> None:
    """It is known now whom it concerns. They see it no more, if they did, and others handle it.

    Raises NotFound, Forbidden("role_required"), Invalid("person_unknown"), Conflict("staff_complaint_ended").
    """
    complaint = access.complaint_to_handle(actor, complaint_id)
    _must_be_open(complaint)
    person = access.person_to_complain_about(actor, person_id, complaint.territory, complaint.resident)
    if complaint.concerned == person:
        return
    complaint.concerned = person
    released = complaint.handler == person
    if released:
        complaint.handler, complaint.state = None, State.RECEIVED
    complaint.save(update_fields=["concerned", "handler", "state"])
    event = _record(complaint, Kind.NAMED, actor=actor, at=occurred_at, text=reason)
    telling.take_back(complaint, person)
    telling.tell_handlers(complaint, actor=actor, once_for=event.pk if released else complaint.pk)


@command
def take_staff_complaint(
    *, actor: Actor, occurred_at: datetime, complaint_id: UUID, reply: str, take_over: bool = False
) -> None:
    """I look into it, and tell whoever complains so: that is our first reply. Taken by me before, nothing changes.

    With `take_over` it is taken from a colleague. Raises NotFound, Forbidden("role_required"),
    Conflict("staff_complaint_taken") with the `handler`, Conflict("staff_complaint_ended").
    """
    complaint = access.complaint_to_handle(actor, complaint_id)
    _must_be_open(complaint)
    if complaint.handler is not None:
        if complaint.handler == actor.user:
            return
        if not take_over:
            detail = "Somebody looks into it. Say that you take it over."
            raise Conflict("staff_complaint_taken", detail, handler=complaint.handler.name)
    complaint.handler, complaint.state, complaint.fires_at = actor.user, State.IN_REVIEW, None
    if complaint.replied_at is None:
        complaint.replied_at, complaint.reply = occurred_at, reply
    complaint.save(update_fields=["handler", "state", "fires_at", "replied_at", "reply"])
    event = _record(complaint, Kind.TAKEN, actor=actor, at=occurred_at, text=reply)
    telling.tell_resident(complaint, "staff_complaint_in_review", actor=actor, once_for=event.pk, reply=reply)


@command
def answer_staff_complaint(
    *, actor: Actor, occurred_at: datetime, complaint_id: UUID, outcome: str, answer: str
) -> None:
    """What came of it, for whoever complains to read. By whoever has taken it; the same answer again is the same.

    Raises NotFound, Forbidden("role_required"), Conflict("staff_complaint_not_taken"),
    Conflict("staff_complaint_taken") with the `handler`, Conflict("staff_complaint_ended").
    """
    complaint = access.complaint_to_handle(actor, complaint_id)
    if (complaint.handler, complaint.outcome, complaint.answer) == (actor.user, outcome, answer):
        return
    _must_be_open(complaint)
    if complaint.handler is None:
        raise Conflict("staff_complaint_not_taken", "Take it first.")
    if complaint.handler != actor.user:
        raise Conflict("staff_complaint_taken", "Somebody else looks into it.", handler=complaint.handler.name)
    complaint.state, complaint.ended_at = State.ANSWERED, occurred_at
    complaint.outcome, complaint.answer = outcome, answer
    complaint.save(update_fields=["state", "ended_at", "outcome", "answer"])
    event = _record(complaint, Kind.ANSWERED, actor=actor, at=occurred_at, outcome=outcome, text=answer)
    words, words_zh = telling.OUTCOMES[StaffComplaint.Outcome(outcome)]
    telling.tell_resident(
        complaint,
        "staff_complaint_answered",
        actor=actor,
        once_for=event.pk,
        outcome=words,
        outcome_zh=words_zh,
        answer=answer,
    )


@command
def withdraw_staff_complaint(*, actor: Actor, occurred_at: datetime, complaint_id: UUID, reason: str) -> None:
    """Whoever complains wants nothing more of it. It stays on record.

    Raises NotFound, Forbidden("not_your_staff_complaint"), Conflict("staff_complaint_ended").
    """
    complaint = access.complaint_to_withdraw(actor, complaint_id)
    if complaint.state == State.WITHDRAWN and complaint.withdrawal_reason == reason:
        return
    _must_be_open(complaint)
    complaint.state, complaint.ended_at, complaint.fires_at = State.WITHDRAWN, occurred_at, None
    complaint.withdrawal_reason = reason
    complaint.save(update_fields=["state", "ended_at", "fires_at", "withdrawal_reason"])
    event = _record(complaint, Kind.WITHDRAWN, actor=actor, at=occurred_at, text=reason)
    telling.tell_handlers_of_withdrawal(complaint, actor=actor)
    telling.tell_resident(complaint, "staff_complaint_withdrawn", actor=actor, once_for=event.pk)


def _contact(name: str, number: str) -> tuple[str, str]:
    for field, value in (("contact_name", name), ("contact_number", number)):
        if not value:
            raise Invalid("contact_required", "Say who complains, and at which number we reply.", field=field)
    return name, phone_number(number, field="contact_number")


def _insert(complaint: StaffComplaint) -> None:
    """Raises Conflict("id_taken") also when the same request came twice at the same moment: sent again, it is known."""
    try:
        with transaction.atomic():
            complaint.save(force_insert=True)
    except IntegrityError:
        if StaffComplaint.objects.filter(pk=complaint.pk).exists():
            raise id_taken() from None
        raise


def _must_be_open(complaint: StaffComplaint) -> None:
    if complaint.state not in StaffComplaint.OPEN:
        raise Conflict("staff_complaint_ended", "This complaint has ended. File another one.", state=complaint.state)


def _record(
    complaint: StaffComplaint, kind: StaffComplaintEvent.Kind, *, actor: Actor, at: datetime, **said: Any
) -> StaffComplaintEvent:
    return StaffComplaintEvent.objects.create(
        complaint=complaint,
        kind=kind,
        actor=actor.user,
        on_behalf_of=actor.on_behalf_of,
        concerned=complaint.concerned,
        handler=complaint.handler,
        occurred_at=at,
        received_at=actor.received_at,
        **said,
    )
