"""Commands on callbacks: from the promise to the call that keeps it.

Who was asked first stays responsible until the next one has said yes. So a callback has always somebody who answers for
it, or waits visibly for the whole team.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings

from accounts.models import DESK, User
from accounts.people.access import holds
from fieldsvc.errors import Conflict, Invalid
from fieldsvc.time import now
from sync.commands import Actor, command
from sync.ids import uuid7
from sync.repeats import made_before
from sync.sql import execute
from tickets.callbacks import access, telling
from tickets.callbacks.models import Callback, CallbackEvent
from tickets.callbacks.promises import agreed_moments, promised_moments
from tickets.callbacks.quotas import must_have_room
from tickets.calls.models import Call
from tickets.calls.services import call_as_told, log_call
from tickets.complaints.models import Ticket
from tickets.complaints.timeline import record_event

State = Callback.State
Kind = CallbackEvent.Kind

AGAIN_WITHIN = timedelta(days=3)
"""Nobody is put off for longer."""


@command
def promise_callback(
    *,
    actor: Actor,
    occurred_at: datetime,
    id: UUID | None = None,
    by_phone: bool = True,
    for_team: bool = False,
    **told: Any,
) -> Callback:
    """A question cannot be answered at once: we call back, by the moment that the policy promises.

    What is told is what is told of a call. With `by_phone` it was asked in a call that came in, which is logged.
    Whoever promises it is responsible, unless it is left to the team. The same id with the same words again is the same
    callback.

    Raises what `log_call` raises, Invalid("number_required"), Conflict("callback_quota_reached").
    """
    told = {**told, "direction": Call.Direction.IN, "result": Call.Result.CALLBACK_PROMISED}
    if id is not None:
        # Until the commit nobody else promises it: the same request twice at once is one callback.
        execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"callback:{id}"])
        promised_by = actor.user and actor.user.pk
        if before := made_before(Callback, id, promised_by_id=promised_by, question=told.get("question")):
            return before
    call, ticket = call_as_told(actor, {"started_at": occurred_at, **told})
    if not call.caller_number:
        raise Invalid("number_required", "Ask for the number to call.", field="caller_number")
    must_have_room(call.territory, None if for_team else actor.user, at=occurred_at, new=True)
    if by_phone:
        call = log_call(actor=actor, occurred_at=occurred_at, **told)
    callback = Callback(
        pk=id or uuid7(),
        territory=call.territory,
        cause=Callback.Cause.QUESTION,
        question=call.question,
        ticket=ticket,
        call=call if by_phone else None,
        resident=call.resident,
        contact_name=call.caller_name,
        contact_number=call.caller_number,
        promised_by=actor.user,
        responsible=None if for_team else actor.user,
    )
    return _promise(callback, actor=actor, at=occurred_at)


@command
def call_the_dissatisfied(ticket: Ticket, *, actor: Actor, occurred_at: datetime, question: str) -> Callback:
    """Somebody was dissatisfied: we call them, without being asked. No quota stands in the way.

    It goes to whoever of the desk is responsible for the ticket, else to the team. While such a callback is open, that
    one stands for it.
    """
    waiting = Callback.objects.filter(ticket=ticket, cause=Callback.Cause.DISSATISFIED, state=State.OPEN).first()
    if waiting is not None:
        return waiting
    desk = User.objects.filter(holds(DESK, [ticket.territory_id]), is_active=True)
    answers = desk.filter(pk=ticket.responsible_id).first() if ticket.responsible_id else None
    callback = Callback(
        territory=ticket.territory,
        cause=Callback.Cause.DISSATISFIED,
        question=question,
        ticket=ticket,
        resident=ticket.resident,
        contact_name=ticket.contact_name,
        contact_number=ticket.contact_phone or (ticket.resident and ticket.resident.phone) or "",
        responsible=answers,
    )
    return _promise(callback, actor=actor, at=occurred_at)


@command
def claim_callback(*, actor: Actor, occurred_at: datetime, callback_id: UUID) -> Callback:
    """I see to it: what waits for the team, or what I was asked to take over. Leaders take over what is somebody's.

    Raises Conflict("callback_claimed") with the name of whoever has it, Conflict("callback_ended"),
    Conflict("callback_quota_reached").
    """
    callback = access.callback_to_change(actor, callback_id)
    _must_be_open(callback)
    if callback.responsible == actor.user:
        return callback
    if callback.responsible is not None and callback.asked != actor.user and not access.leads(actor, callback):
        raise Conflict(
            "callback_claimed", "Somebody has it. Ask them to hand it over.", responsible=callback.responsible.name
        )
    must_have_room(callback.territory, actor.user, at=occurred_at, new=False)
    _take(callback, actor=actor, at=occurred_at)
    return callback


@command
def hand_over_callback(
    *, actor: Actor, occurred_at: datetime, callback_id: UUID, person_id: UUID, reason: str = ""
) -> Callback:
    """Ask a colleague to take it over. Until they say yes, nothing changes but that they were asked.

    Raises Invalid("not_of_the_desk"), Forbidden("not_your_callback"), Conflict("callback_ended").
    """
    callback = access.callback_to_change(actor, callback_id)
    access.must_answer_for(actor, callback)
    _must_be_open(callback)
    person = access.colleague_to_ask(callback.territory_id, person_id, besides=callback.responsible)
    if callback.asked == person:
        return callback
    telling.stop_asking(callback)
    callback.asked = person
    callback.save(update_fields=["asked"])
    event = _record(callback, Kind.ASKED, actor=actor, at=occurred_at, reason=reason)
    telling.ask_to_take_over(callback, actor=actor, once_for=event.pk)
    return callback


def pass_on_callbacks(callback_ids: Collection[UUID], *, former: User, actor: Actor, at: datetime) -> set[UUID]:
    """The actor answers for those of these that are still open and `former`'s; answers which. Part of a command.

    For the hand-over of a shift, which tells of all of them at once. Of their tickets nothing is written.
    """
    theirs = Callback.objects.filter(pk__in=callback_ids, responsible=former, state=State.OPEN).order_by("pk")
    callbacks = list(theirs.select_for_update())
    for callback in callbacks:
        telling.stop_asking(callback)
        callback.responsible, callback.asked = actor.user, None
        callback.save(update_fields=["responsible", "asked"])
        _record(callback, Kind.ACCEPTED, actor=actor, at=at)
    return {callback.pk for callback in callbacks}


@command
def decline_callback(*, actor: Actor, occurred_at: datetime, callback_id: UUID, reason: str = "") -> Callback:
    """Whoever was asked says no, or whoever asked takes the question back. All stays as it was.

    Raises Conflict("nobody_was_asked"), Forbidden("not_your_callback"), Conflict("callback_ended").
    """
    callback = access.callback_to_change(actor, callback_id)
    _must_be_open(callback)
    if callback.asked is None:
        raise Conflict("nobody_was_asked", "Nobody was asked to take it over.")
    if callback.asked != actor.user:
        access.must_answer_for(actor, callback)
    telling.stop_asking(callback)
    callback.asked = None
    callback.save(update_fields=["asked"])
    event = _record(callback, Kind.DECLINED, actor=actor, at=occurred_at, reason=reason)
    telling.tell_of_answer(callback, callback.responsible, actor=actor, kind="callback_declined", once_for=event.pk)
    return callback


@command
def call_back(
    *,
    actor: Actor,
    occurred_at: datetime,
    callback_id: UUID,
    reached: bool,
    id: UUID | None = None,
    answer: str = "",
    again_at: datetime | None = None,
    **told: Any,
) -> Callback:
    """The call was made, and is logged. Whoever calls answers for it; what waits for the team is theirs by that.

    When they were not reached, we call again: at `again_at`, else after as long as was promised at first. After
    `CALLBACK_ATTEMPTS` calls it ends `unreached`. `id` is the call's: the same call again changes nothing.

    Raises what `log_call` raises, Forbidden("not_your_callback"), Conflict("callback_ended"),
    Invalid("call_before_promise"), Invalid("answer_required"), Invalid("again_not_valid").
    """
    callback = access.callback_to_change(actor, callback_id)
    if id is not None and callback.events.filter(call=id).exists():
        return callback
    _must_be_open(callback)
    called_at = told.get("started_at") or occurred_at
    if called_at < callback.round_began_at:
        raise Invalid("call_before_promise", "Say when you really called them.", field="started_at")
    if callback.responsible != actor.user:
        if callback.responsible is not None and callback.asked != actor.user:
            access.must_answer_for(actor, callback)
        _take(callback, actor=actor, at=called_at)
    if reached and not answer:
        raise Invalid("answer_required", "Write down what they were told.", field="answer")
    if again_at is not None and not now() < again_at <= now() + AGAIN_WITHIN:
        days = AGAIN_WITHIN.days
        raise Invalid("again_not_valid", f"Call again within {days} days.", field="again_at", days=days)
    call = _log(callback, actor=actor, at=occurred_at, id=id, reached=reached, answer=answer, told=told)
    callback.first_called_at = callback.first_called_at or call.started_at
    event = _record(callback, Kind.CALLED, actor=actor, at=call.started_at, call=call)
    if reached:
        _end(callback, State.DONE, at=call.started_at, outcome=answer)
        _tell_timeline(callback, actor=actor, at=call.started_at, kind="callback_made")
        return callback
    _tell_timeline(callback, actor=actor, at=call.started_at, kind="callback_not_reached")
    if callback.round >= settings.CALLBACK_ATTEMPTS:
        _end(callback, State.UNREACHED, at=call.started_at)
    else:
        _begin_next_round(callback, again_at, at=occurred_at)
        telling.tell_customer(callback, actor=actor, kind="callback_not_reached", once_for=event.pk)
    return callback


@command
def withdraw_callback(*, actor: Actor, occurred_at: datetime, callback_id: UUID, reason: str) -> Callback:
    """They need no call any more. For whoever is responsible and for leaders; what waits for the team, for anybody.

    A moment that had passed stays missed. Raises Forbidden("not_your_callback"), Conflict("callback_ended").
    """
    callback = access.callback_to_change(actor, callback_id)
    if callback.responsible is not None:
        access.must_answer_for(actor, callback)
    if callback.state == State.WITHDRAWN and callback.outcome == reason:
        return callback
    _must_be_open(callback)
    _end(callback, State.WITHDRAWN, at=occurred_at, outcome=reason)
    _record(callback, Kind.WITHDRAWN, actor=actor, at=occurred_at, reason=reason)
    _tell_timeline(callback, actor=actor, at=occurred_at, kind="callback_withdrawn", reason=reason)
    return callback


def _promise(callback: Callback, *, actor: Actor, at: datetime) -> Callback:
    callback.promised_at = callback.round_began_at = at
    callback.promise(promised_moments(callback.ticket, at=at))
    callback.first_due_at = callback.due_at
    callback.save(force_insert=True)
    event = _record(callback, Kind.PROMISED, actor=actor, at=at)
    _tell_timeline(callback, actor=actor, at=at, kind="callback_promised")
    telling.tell_customer(callback, actor=actor, kind="callback_promised", once_for=event.pk)
    if callback.responsible is None:
        telling.tell_team_it_waits(callback, actor=actor, once_for=event.pk)
    return callback


def _begin_next_round(callback: Callback, again_at: datetime | None, *, at: datetime) -> None:
    if again_at is None:
        moments = promised_moments(callback.ticket, at=at)
    else:
        moments = agreed_moments(again_at, at=at, percents=callback.warn_percents)
    callback.round, callback.round_began_at = callback.round + 1, at
    callback.promise(moments)
    callback.save()


def _end(callback: Callback, state: Callback.State, *, at: datetime, outcome: str = "") -> None:
    telling.stop_asking(callback)
    callback.state, callback.outcome = state, outcome
    callback.ended_at, callback.fires_at, callback.asked = at, None, None
    callback.save()


def _take(callback: Callback, *, actor: Actor, at: datetime) -> None:
    """The actor answers for it from now on; whoever did so before hears it."""
    former, was_asked = callback.responsible, callback.asked == actor.user
    telling.stop_asking(callback)
    callback.responsible, callback.asked = actor.user, None
    callback.save(update_fields=["responsible", "asked"])
    event = _record(callback, Kind.ACCEPTED if was_asked else Kind.CLAIMED, actor=actor, at=at)
    telling.tell_of_answer(callback, former, actor=actor, kind="callback_taken_over", once_for=event.pk)


def _must_be_open(callback: Callback) -> None:
    if callback.state != State.OPEN:
        raise Conflict("callback_ended", "This callback has ended. Promise another one.", state=callback.state)


def _log(
    callback: Callback,
    *,
    actor: Actor,
    at: datetime,
    id: UUID | None,
    reached: bool,
    answer: str,
    told: dict[str, Any],
) -> Call:
    """The call in the log, about what was asked."""
    about = {
        "ticket_id": callback.ticket_id,
        "resident_id": callback.resident_id,
        "caller_name": callback.contact_name,
        "caller_number": callback.contact_number,
        "territory_id": callback.territory_id,
        **told,
    }
    result = about.pop("result", Call.Result.ANSWERED) if reached else Call.Result.NO_ANSWER
    return log_call(
        actor=actor,
        occurred_at=at,
        id=id,
        direction=Call.Direction.OUT,
        result=result,
        question=callback.question,
        answer=answer,
        **about,
    )


def _record(callback: Callback, kind: CallbackEvent.Kind, *, actor: Actor, at: datetime, **more: Any) -> CallbackEvent:
    return CallbackEvent.objects.create(
        callback=callback,
        kind=kind,
        actor=actor.user,
        responsible=callback.responsible,
        asked=callback.asked,
        round=callback.round,
        occurred_at=at,
        received_at=actor.received_at,
        **more,
    )


def _tell_timeline(callback: Callback, *, actor: Actor, at: datetime, kind: str, reason: str = "") -> None:
    """The ticket says that there was a promise and whether it was kept. Why none is needed any more is for us alone."""
    if callback.ticket is not None:
        data = {"callback": str(callback.pk), "question": callback.question, "reason": reason}
        public = kind != "callback_withdrawn"
        record_event(callback.ticket, actor=actor, occurred_at=at, kind=kind, public=public, data=data)
