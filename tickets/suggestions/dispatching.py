"""Dispatching without being asked: where it is configured, the best suggestion gets the ticket.

What a person has planned is never touched: a ticket waits for this only while each of its visits was dispatched
automatically and declined by its technician. So whoever cancels such a visit, gives it away or plans another has taken
the ticket over. Declined, it goes to the next suggestion; when nobody is left, the dispatchers hear of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Role, Territory
from accounts.people.selectors import first_with_role
from fieldsvc.errors import DomainError
from notifications.services import notify
from sync.commands import Actor, command
from tickets.complaints.models import Ticket
from tickets.complaints.timeline import record_event
from tickets.suggestions import access
from tickets.suggestions.models import AutoDispatchRule, AutoDispatchStop, AutomaticVisit
from tickets.suggestions.selectors import Suggestion, suggest
from tickets.visits.models import Visit
from tickets.visits.services import dispatch_visit

log = structlog.get_logger(__name__)

PORTION = 100
"""Tickets of one round: the next one begins seconds later."""


def dispatch_waiting(*, at: datetime) -> int:
    """Send somebody to each ticket that waits for it. Answers how many were dispatched."""
    sent = 0
    for ticket in _in_hours(at).order_by("priority", "reported_at", "pk")[:PORTION]:
        try:
            sent += _dispatch(ticket, at=at)
        except Exception:  # the others must not wait for what is wrong with this one; it is tried again
            log.exception("auto_dispatch_failed", ticket=ticket.reference)
    return sent


def waiting_tickets() -> QuerySet[Ticket]:
    """Tickets that would be dispatched automatically, if that is configured for their kind of service."""
    declined = Q(status=Visit.Status.CANCELLED, automatic__isnull=False) & ~Q(decline_reason="")
    by_people = Visit.objects.filter(~declined, ticket=OuterRef("pk"))
    return Ticket.objects.filter(
        ~Exists(by_people),
        ~Exists(AutoDispatchStop.objects.filter(ticket=OuterRef("pk"))),
        status__in=(Ticket.Status.NEW, Ticket.Status.TRIAGED),
        follows=None,
        outage=None,
        escalated_at=None,
    )


@dataclass(frozen=True, slots=True)
class AutoDispatch:
    """How automatic dispatch stands with a ticket: the rule of its kind, who stopped it, and what was tried."""

    rule: AutoDispatchRule | None
    waits: bool
    stop: AutoDispatchStop | None
    visits: Sequence[AutomaticVisit]


def standing(ticket: Ticket) -> AutoDispatch:
    """As it is now."""
    rule = AutoDispatchRule.objects.filter(service_type=ticket.service_type_id).select_related("service_type").first()
    tried = AutomaticVisit.objects.filter(visit__ticket=ticket).select_related("visit__technician")
    return AutoDispatch(
        rule=rule,
        waits=rule is not None and waiting_tickets().filter(pk=ticket.pk).exists(),
        stop=AutoDispatchStop.objects.filter(ticket=ticket).select_related("stopped_by").first(),
        visits=list(tried.order_by("visit__dispatched_at", "pk")),
    )


@command
def dispatch_by_suggestion(
    *, actor: Actor, occurred_at: datetime, ticket_id: UUID, suggestions: Sequence[Suggestion]
) -> Visit | None:
    """Send the first who can still be sent; if there is nobody, the dispatchers hear of it, and the ticket is theirs.

    Nothing happens to a ticket that a person has taken over since the suggestions were made.
    """
    ticket = access.ticket_to_decide(actor, ticket_id)
    if not waiting_tickets().filter(pk=ticket_id).exists():
        return None
    for suggestion in suggestions:
        try:
            visit = dispatch_visit(
                actor=actor,
                occurred_at=occurred_at,
                ticket_id=ticket_id,
                technician_id=suggestion.technician.pk,
                window_start=suggestion.slot.starts_at,
                window_end=suggestion.slot.ends_at,
            )
        except DomainError as refusal:  # something has changed since: the next one may still do
            log.info("suggestion_refused", ticket=ticket.reference, code=refusal.code)
            continue
        AutomaticVisit.objects.create(visit=visit, score=suggestion.score)
        told = {
            "visit_id": visit.pk,
            "technician": suggestion.technician.name,
            "score": suggestion.score,
            "reasons": " ".join(reason.text for reason in suggestion.reasons),
            "reasons_zh": "".join(reason.text_zh for reason in suggestion.reasons),
        }
        record_event(ticket, actor=actor, occurred_at=occurred_at, kind="auto_dispatched", public=False, data=told)
        return visit
    _give_up(ticket, actor=actor, at=occurred_at)
    return None


def _in_hours(at: datetime) -> QuerySet[Ticket]:
    """Those that wait, of service types with a rule, in territories where it is time for that."""
    chosen = Q(pk__in=[])
    rules = list(AutoDispatchRule.objects.filter(service_type__is_active=True))
    territories = list(Territory.objects.filter(is_active=True)) if rules else []
    for rule in rules:
        places = [territory.pk for territory in territories if _is_time(rule, territory, at)]
        chosen |= Q(service_type=rule.service_type_id, territory__in=places)
    return waiting_tickets().filter(chosen).select_related("service_type", "site", "territory")


def _is_time(rule: AutoDispatchRule, territory: Territory, at: datetime) -> bool:
    clock = at.astimezone(ZoneInfo(territory.time_zone)).time()
    if rule.opens < rule.closes:
        return rule.opens <= clock < rule.closes
    return clock >= rule.opens or clock < rule.closes


def _dispatch(ticket: Ticket, *, at: datetime) -> bool:
    """Asks about ways before anything is locked."""
    rule = AutoDispatchRule.objects.filter(service_type=ticket.service_type_id).first()
    if rule is None:
        return False
    good = [found for found in suggest(ticket, at=at).found if found.score >= rule.from_score]
    visit = dispatch_by_suggestion(actor=Actor.system(), occurred_at=at, ticket_id=ticket.pk, suggestions=good)
    return visit is not None


def _give_up(ticket: Ticket, *, actor: Actor, at: datetime) -> None:
    AutoDispatchStop.objects.create(ticket=ticket, stopped_at=at)
    event = record_event(ticket, actor=actor, occurred_at=at, kind="auto_dispatch_gave_up", public=False)
    notify(
        actor=actor,
        to=first_with_role((Role.DISPATCHER, Role.SUPERVISOR), ticket.territory_id),
        kind="auto_dispatch_gave_up",
        subject=("tickets", ticket.pk),
        text={"reference": ticket.reference, "title": ticket.title},
        ticket_id=ticket.pk,
        territory_id=ticket.territory_id,
        dedupe_key=f"auto_dispatch_gave_up:{event.pk}",
    )
