"""Commands on the call log."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.models import DESK, User
from accounts.people.access import in_territories, require_role
from accounts.people.phones import phone_number
from fieldsvc.errors import Conflict, Invalid
from fieldsvc.time import now
from sync.commands import Actor, command
from sync.ids import uuid7
from sync.repeats import id_taken, made_before
from tickets.calls import access
from tickets.calls.models import Call
from tickets.complaints.access import resident_to_help
from tickets.complaints.models import Ticket
from tickets.complaints.timeline import record_event
from tickets.complaints.transitions import reply_given, result_told
from tickets.sites.access import site_to_use, territory_to_work_in
from tickets.sites.models import ServiceAccount
from tickets.visits.models import Visit

Result = Call.Result
SAID = (
    "direction",
    "result",
    "question",
    "answer",
    "resident_id",
    "caller_name",
    "caller_number",
    "site_id",
    "account_id",
    "ticket_id",
    "visit_id",
    "started_at",
    "ended_at",
)
"""What is told of a call."""


@command
def log_call(*, actor: Actor, occurred_at: datetime, id: UUID | None = None, **told: Any) -> Call:
    """Write down a call, while it goes on or after it: what is told are the `SAID`, and `territory_id` if need be.

    The same id with the same words again is the same call. A customer who was spoken with about a ticket has heard the
    result, if there is one; whom we called has had our first reply.

    Raises Invalid (`call_in_future`, `call_ends_before_it_starts`, `question_required`, `ticket_required`,
    `ticket_unknown`, `visit_elsewhere`, `account_unknown`, `account_elsewhere`, `site_unknown`, `resident_unknown`,
    `phone_not_valid`, `territory_required`), Conflict("id_taken"), Forbidden("role_required").
    """
    call, ticket = call_as_told(actor, {"started_at": occurred_at, **told})
    if id is not None:
        call.pk = id
        if before := _logged_before(call, told):
            return before
    _insert(call)
    if ticket is not None:
        _note_at(ticket, call, actor=actor, kind="call_logged")
        if call.result not in Call.NOT_SPOKEN:
            _spoken_about(ticket, call, actor=actor)
    return call


@command
def end_call(*, actor: Actor, occurred_at: datetime, call_id: UUID) -> Call:
    """They have hung up. The first time counts."""
    call = access.call_to_change(actor, call_id)
    if call.ended_at is None:
        call.ended_at = max(occurred_at, call.started_at)
        call.save(update_fields=["ended_at"])
    return call


@command
def correct_call(
    *, actor: Actor, occurred_at: datetime, call_id: UUID, reason: str, id: UUID | None = None, **changes: Any
) -> Call:
    """Something was written down wrongly: all of it is said anew, beside what was said first.

    For whoever made the call, and for supervisors. What the first words have set off (a clock that was met, a ticket)
    stays. Raises what `log_call` raises, Conflict("call_corrected") with the `call` that stands for it now, and
    Conflict("callback_stands") for another result of a call that promised a callback.
    """
    call = access.call_to_change(actor, call_id)
    later = Call.objects.filter(corrects=call).first()
    if later is not None:
        if id == later.pk and later.correction_reason == reason:
            return later
        raise Conflict("call_corrected", "This call was corrected. Correct the correction.", call=later.pk)
    if call.result == Result.CALLBACK_PROMISED and changes.get("result", call.result) != call.result:
        raise Conflict("callback_stands", "A callback was promised in this call. Withdraw the callback instead.")
    said = {name: getattr(call, name) for name in SAID}
    correction, ticket = call_as_told(actor, {**said, "territory_id": call.territory_id, **changes})
    if correction.visit_id == call.visit_id:
        correction.window_start, correction.window_end = call.window_start, call.window_end
    correction.pk = id or uuid7()
    correction.agent = call.agent
    correction.corrects, correction.correction_reason = call, reason
    _insert(correction)
    if ticket is not None:
        _note_at(ticket, correction, actor=actor, kind="call_corrected")
    return correction


def _insert(call: Call) -> None:
    """Raises Conflict("id_taken") also when the same request came twice at the same moment: sent again, it is known."""
    try:
        with transaction.atomic():
            call.save(force_insert=True)
    except IntegrityError:
        if Call.objects.filter(pk=call.pk).exists():
            raise id_taken() from None
        raise


def _logged_before(call: Call, told: Mapping[str, Any]) -> Call | None:
    """The call that was written down under this id. Raises Conflict("id_taken") if it is another one."""
    # When it began and ended is only compared as far as it was told: else it is the moment of the request.
    names = [name for name in ("agent_id", *SAID) if name not in ("started_at", "ended_at") or told.get(name)]
    return made_before(Call, call.pk, **{name: getattr(call, name) for name in names})


def call_as_told(actor: Actor, told: Mapping[str, Any]) -> tuple[Call, Ticket | None]:
    """The call as it is to be written down, and the ticket that it is about, locked."""
    require_role(actor, *DESK)
    ticket_id, site_id, resident_id = told.get("ticket_id"), told.get("site_id"), told.get("resident_id")
    ticket = access.ticket_to_talk_about(actor, ticket_id) if ticket_id else None
    account = _account(actor, told.get("account_id"))
    site = site_to_use(actor, site_id) if site_id else account.site if account else None
    if account is not None and site != account.site:
        raise Invalid("account_elsewhere", "This account belongs to another site.", field="account_id")
    resident = resident_to_help(resident_id, field="resident_id") if resident_id else None
    territory = (
        ticket.territory
        if ticket
        else site.territory
        if site
        else territory_to_work_in(actor, told.get("territory_id"), *DESK)
    )
    require_role(actor, *DESK, territory_id=territory.pk)
    visit = _visit(ticket, told.get("visit_id"))
    name, number = _who(told, resident, ticket)
    call = Call(
        territory=territory,
        agent=actor.user,
        direction=told["direction"],
        result=told["result"],
        question=told.get("question") or (ticket.title if ticket else ""),
        answer=told.get("answer", ""),
        resident=resident,
        caller_name=name,
        caller_number=number,
        site=site,
        account=account,
        ticket=ticket,
        visit=visit,
        window_start=visit.window_start if visit else None,
        window_end=visit.window_end if visit else None,
        started_at=told["started_at"],
        ended_at=told.get("ended_at"),
        received_at=actor.received_at,
    )
    _check(call)
    return call, ticket


def _check(call: Call) -> None:
    if call.started_at > now():
        raise Invalid("call_in_future", "Say when the call really began.", field="started_at")
    if call.ended_at is not None and not call.started_at <= call.ended_at <= now():
        raise Invalid(
            "call_ends_before_it_starts", "A call ends after it starts, and not in the future.", field="ended_at"
        )
    if call.ticket_id is None and call.result in (Result.TICKET_OPENED, Result.TICKET_ATTACHED):
        raise Invalid("ticket_required", "Say which ticket it is.", field="ticket_id")
    if not call.question and call.result not in Call.NOT_SPOKEN:
        raise Invalid("question_required", "Write down what they asked.", field="question")


def _who(told: Mapping[str, Any], resident: User | None, ticket: Ticket | None) -> tuple[str, str]:
    """Name and number, as they were said; else the resident's; of whom we called, else the contact of the ticket."""
    name, number = told.get("caller_name", ""), told.get("caller_number", "")
    called = ticket if told["direction"] == Call.Direction.OUT else None
    name = name or (resident.name if resident else "") or (called.contact_name if called else "")
    if number:
        return name, phone_number(number, field="caller_number")
    return name, (resident and resident.phone) or (called.contact_phone if called else "")


def _account(actor: Actor, account_id: UUID | None) -> ServiceAccount | None:
    if account_id is None:
        return None
    accounts = ServiceAccount.objects.select_related("site__territory").filter(pk=account_id)
    if actor.user is not None:
        accounts = in_territories(accounts, actor.user, *DESK, field="site__territory_id")
    account = accounts.first()
    if account is None:
        raise Invalid("account_unknown", "Choose an account of your desk.", field="account_id")
    return account


def _visit(ticket: Ticket | None, visit_id: UUID | None) -> Visit | None:
    if visit_id is None:
        return None
    visit = ticket.visits.filter(pk=visit_id).first() if ticket else None
    if visit is None:
        raise Invalid("visit_elsewhere", "Choose a visit of this ticket.", field="visit_id")
    return visit


def _note_at(ticket: Ticket, call: Call, *, actor: Actor, kind: str) -> None:
    """Our own people see in the timeline that there was a call; what was said is in the log."""
    data = {
        "call": str(call.pk),
        "direction": call.direction,
        "result": call.result,
        "question": call.question,
        "reason": call.correction_reason,
    }
    record_event(ticket, actor=actor, occurred_at=call.started_at, kind=kind, public=False, data=data)


def _spoken_about(ticket: Ticket, call: Call, *, actor: Actor) -> None:
    if call.direction == Call.Direction.OUT:
        reply_given(ticket, actor=actor, occurred_at=call.started_at)
    if ticket.resolved_at is not None:
        result_told(ticket, actor=actor, occurred_at=call.started_at)
