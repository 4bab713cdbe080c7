"""Commands on hand-overs of shifts. Whoever gave one answers for all of it until somebody else has said yes."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.models import Territory, User
from fieldsvc.errors import Conflict
from sync import work
from sync.commands import Actor, command
from sync.ids import uuid7
from sync.repeats import made_before
from sync.violations import violated_constraint
from tickets.callbacks.access import colleague_to_ask
from tickets.callbacks.services import pass_on_callbacks
from tickets.complaints.access import lock_tickets
from tickets.complaints.models import Ticket
from tickets.complaints.timeline import record_event
from tickets.handovers import access, telling
from tickets.handovers.models import HandedMatter, HandOver
from tickets.handovers.selectors import open_matters

State = HandOver.State


@command
def give_hand_over(
    *,
    actor: Actor,
    occurred_at: datetime,
    territory_id: UUID,
    person_id: UUID,
    note: str = "",
    id: UUID | None = None,
) -> HandOver:
    """My shift ends: here is what is open, and who is asked to take it over. Until they accept it stays mine.

    The same `id` again is the same hand-over.

    Raises Forbidden("role_required"), Invalid("territory_unknown" | "not_of_the_desk"), Conflict("id_taken"), and
    Conflict("hand_over_waits") while another one of mine waits for its answer.
    """
    territory = access.desk_to_hand_over(actor, territory_id)
    if before := made_before(HandOver, id, given_by=actor.user, territory=territory, taken_by_id=person_id):
        return before
    person = colleague_to_ask(territory.pk, person_id, besides=actor.user)
    hand_over = HandOver(pk=id or uuid7(), territory=territory, given_by=actor.user, taken_by=person, note=note)
    hand_over.given_at = occurred_at
    try:
        with transaction.atomic():
            hand_over.save(force_insert=True)
    except IntegrityError as error:
        if violated_constraint(error) != "one_hand_over_waits_for_its_answer":
            raise
        detail = "You have asked somebody already. Take that back first."
        raise Conflict("hand_over_waits", detail) from error
    matters = _matters_of(hand_over, territory, actor.user)
    telling.ask(hand_over, actor=actor, matters=len(matters))
    return hand_over


@command
def accept_hand_over(*, actor: Actor, occurred_at: datetime, hand_over_id: UUID, answer: str = "") -> HandOver:
    """I have read it, and answer from now on for what was theirs and still is. No quota of callbacks stands in the way.

    Raises NotFound, Forbidden("not_your_hand_over" | "role_required"), Conflict("hand_over_ended").
    """
    hand_over = access.hand_over_to_answer(actor, hand_over_id)
    if hand_over.state == State.ACCEPTED:
        return hand_over
    _end(hand_over, State.ACCEPTED, at=occurred_at, answer=answer)
    theirs = list(HandedMatter.objects.filter(hand_over=hand_over, theirs=True))
    taken = _take_tickets([matter.ticket_id for matter in theirs], hand_over, actor=actor, at=occurred_at)
    callbacks = [matter.callback_id for matter in theirs if matter.callback_id]
    taken |= pass_on_callbacks(callbacks, former=hand_over.given_by, actor=actor, at=occurred_at)
    ids = [matter.pk for matter in theirs if (matter.ticket_id or matter.callback_id) in taken]
    HandedMatter.objects.filter(pk__in=ids).update(taken_at=occurred_at)
    telling.tell_of_answer(hand_over, actor=actor)
    return hand_over


@command
def decline_hand_over(*, actor: Actor, occurred_at: datetime, hand_over_id: UUID, answer: str) -> HandOver:
    """I cannot take it. All stays as it was. Raises NotFound, Forbidden("not_your_hand_over" | "role_required"),
    Conflict("hand_over_ended").
    """
    hand_over = access.hand_over_to_answer(actor, hand_over_id)
    if hand_over.state == State.DECLINED:
        return hand_over
    _end(hand_over, State.DECLINED, at=occurred_at, answer=answer)
    telling.tell_of_answer(hand_over, actor=actor)
    return hand_over


@command
def withdraw_hand_over(*, actor: Actor, occurred_at: datetime, hand_over_id: UUID) -> HandOver:
    """It is not handed over after all, or to somebody else. For whoever gave it, and for dispatchers and supervisors.

    Raises NotFound, Forbidden("not_your_hand_over" | "role_required"), Conflict("hand_over_ended").
    """
    hand_over = access.hand_over_to_withdraw(actor, hand_over_id)
    if hand_over.state != State.WITHDRAWN:
        _end(hand_over, State.WITHDRAWN, at=occurred_at)
    return hand_over


def _matters_of(hand_over: HandOver, territory: Territory, person: User) -> list[HandedMatter]:
    matters = open_matters(territory, person)
    for matter in matters:
        matter.hand_over = hand_over
    return HandedMatter.objects.bulk_create(matters)


def _end(hand_over: HandOver, state: HandOver.State, *, at: datetime, answer: str = "") -> None:
    if hand_over.state != State.ASKED:
        raise Conflict("hand_over_ended", "This was answered or taken back already.", state=hand_over.state)
    telling.stop_asking(hand_over)
    hand_over.state, hand_over.ended_at, hand_over.answer = state, at, answer
    hand_over.save(update_fields=["state", "ended_at", "answer"])


def _take_tickets(ids: list[UUID | None], hand_over: HandOver, *, actor: Actor, at: datetime) -> set[UUID]:
    """Those for which whoever gave it still answers."""
    tickets = lock_tickets(Ticket.objects.filter(pk__in=[pk for pk in ids if pk], responsible=hand_over.given_by))
    people = {"from": hand_over.given_by.name, "to": hand_over.taken_by.name, "hand_over": str(hand_over.pk)}
    for ticket in tickets:
        work.change(ticket, responsible=actor.user)
        record_event(ticket, actor=actor, occurred_at=at, kind="ticket_handed_over", public=False, data=people)
    return {ticket.pk for ticket in tickets}
