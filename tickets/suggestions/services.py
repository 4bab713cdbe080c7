"""Commands: administrators say what is weighed and what is dispatched automatically; dispatchers take over."""

from datetime import datetime, time
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q

from accounts.people.access import require_administrator
from fieldsvc.errors import Conflict, Invalid, NotFound
from sync.commands import Actor, command
from sync.ids import uuid7
from sync.repeats import id_taken, made_before
from sync.violations import violated_constraint
from tickets.complaints.models import Ticket
from tickets.complaints.timeline import record_event
from tickets.service_types.access import offered_service_type
from tickets.suggestions import access
from tickets.suggestions.models import AutoDispatchRule, AutoDispatchStop, SuggestionWeights


@command
def add_weights(
    *,
    actor: Actor,
    occurred_at: datetime,
    service_type: str | None = None,
    parts_required: bool = False,
    holds_from: datetime | None = None,
    holds_until: datetime | None = None,
    id: UUID | None = None,
    **weights: int,
) -> SuggestionWeights:
    """From a moment on (now, without one) suggestions of a service type, or of all others, weigh this.

    Those for the same that have no end, end where these begin. Raises Invalid("weights_weigh_nothing" |
    "period_in_past" | "period_ends_before_it_starts" | "service_type_unknown"), Conflict("weights_overlap") naming the
    `other` ones that are in the way, Conflict("id_taken").
    """
    require_administrator(actor)
    kind = offered_service_type(service_type) if service_type else None
    if before := made_before(SuggestionWeights, id, service_type_id=kind.pk if kind else None):
        return before
    starts = holds_from or occurred_at
    if starts < occurred_at:
        raise Invalid("period_in_past", "What was suggested before stays as it was.", field="holds_from")
    if holds_until is not None and holds_until <= starts:
        raise Invalid("period_ends_before_it_starts", "It ends after it begins.", field="holds_until")
    made = SuggestionWeights(
        pk=id or uuid7(),
        service_type=kind,
        parts_required=parts_required,
        holds_from=starts,
        holds_until=holds_until,
        **weights,
    )
    same = SuggestionWeights.objects.filter(service_type=kind)
    same.filter(holds_until=None, holds_from__lt=starts).update(holds_until=starts)
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError as error:
        match violated_constraint(error):
            case "suggestion_weights_weigh_something":
                raise Invalid("weights_weigh_nothing", "Let one of them weigh something.", field="clock") from error
            case "one_set_of_weights_at_a_time":
                after = same.filter(Q(holds_until=None) | Q(holds_until__gt=starts)).order_by("holds_from").first()
                raise Conflict(
                    "weights_overlap",
                    "Others hold then. End those first, or let these end where those begin.",
                    other=str(after.pk) if after else None,
                ) from error
            case "tickets_suggestionweights_pkey":
                raise id_taken() from error
        raise
    return made


@command
def end_weights(
    *, actor: Actor, occurred_at: datetime, weights_id: UUID, holds_until: datetime | None = None
) -> SuggestionWeights:
    """They end at a moment that is not past (now, without one), and not later than they did.

    Raises NotFound, Invalid("period_in_past"), Conflict("period_ended"), and for those that have not begun by then
    Conflict("period_not_begun"): delete them.
    """
    weights = access.weights_to_change(actor, weights_id)
    ends = holds_until or occurred_at
    if ends < occurred_at:
        raise Invalid("period_in_past", "What was suggested before stays as it was.", field="holds_until")
    if weights.holds_until is not None and weights.holds_until <= ends:
        raise Conflict("period_ended", "They end before that already.", holds_until=weights.holds_until.isoformat())
    if ends <= weights.holds_from:
        raise Conflict("period_not_begun", "They have not begun by then. Delete them instead.")
    weights.holds_until = ends
    weights.save(update_fields=["holds_until"])
    return weights


@command
def delete_weights(*, actor: Actor, occurred_at: datetime, weights_id: UUID) -> None:
    """They will not be. Raises NotFound, Conflict("period_begun") for those that were weighed already: end them."""
    weights = access.weights_to_change(actor, weights_id)
    if weights.holds_from <= occurred_at:
        raise Conflict("period_begun", "Suggestions went by them already. End them instead.")
    weights.delete()


@command
def set_auto_dispatch(
    *, actor: Actor, occurred_at: datetime, service_type: str, from_score: int, opens: time, closes: time
) -> AutoDispatchRule:
    """From now on tickets of this kind are dispatched automatically. Raises Invalid("service_type_unknown")."""
    require_administrator(actor)
    terms = {"from_score": from_score, "opens": opens, "closes": closes}
    rule, _ = AutoDispatchRule.objects.update_or_create(service_type=offered_service_type(service_type), defaults=terms)
    return rule


@command
def remove_auto_dispatch(*, actor: Actor, occurred_at: datetime, rule_id: UUID) -> None:
    """People dispatch tickets of this kind again. Visits that there are stay. Raises NotFound."""
    require_administrator(actor)
    deleted, _ = AutoDispatchRule.objects.filter(pk=rule_id).delete()
    if not deleted:
        raise NotFound()


@command
def stop_auto_dispatch(*, actor: Actor, occurred_at: datetime, ticket_id: UUID, reason: str = "") -> Ticket:
    """A person takes the ticket over: nobody is sent automatically any more. A visit that there is, stays.

    Saying it again changes nothing. Raises NotFound, Forbidden("role_required").
    """
    ticket = access.ticket_to_decide(actor, ticket_id)
    if not AutoDispatchStop.objects.filter(ticket=ticket).exists():
        AutoDispatchStop.objects.create(ticket=ticket, stopped_by=actor.user, stopped_at=occurred_at, reason=reason)
        told = {"person": actor.user.name, "reason": reason}
        record_event(
            ticket, actor=actor, occurred_at=occurred_at, kind="auto_dispatch_stopped", public=False, data=told
        )
    return ticket


@command
def resume_auto_dispatch(*, actor: Actor, occurred_at: datetime, ticket_id: UUID) -> Ticket:
    """The ticket may be dispatched automatically again, unless a person has planned a visit of it.

    Saying it again changes nothing. Raises NotFound, Forbidden("role_required").
    """
    ticket = access.ticket_to_decide(actor, ticket_id)
    stopped, _ = AutoDispatchStop.objects.filter(ticket=ticket).delete()
    if stopped:
        told = {"person": actor.user.name}
        record_event(
            ticket, actor=actor, occurred_at=occurred_at, kind="auto_dispatch_resumed", public=False, data=told
        )
    return ticket
