"""Visits end only with consent to what they cost: the refusal online, the follow-up of what a phone tells too late."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from accounts.models import Role
from accounts.people.access import require_role
from fieldsvc.errors import Conflict, Forbidden
from sync import work
from sync.commands import Actor, command
from tickets.complaints.models import Ticket
from tickets.complaints.telling import tell_supervisors
from tickets.complaints.timeline import record_event
from tickets.quotes import access
from tickets.quotes.coverage import Missing, coverage_of, forget_coverage, missing_consent
from tickets.quotes.models import ConsentGap, Quote
from tickets.visits.models import Visit

Settlement = ConsentGap.Settlement


def require_consent(visit: Visit, *, actor: Actor, at: datetime, completing: bool = False) -> None:
    """Before a locked visit ends, completed or left. What happened without signal is kept, for somebody to settle.

    Raises online Conflict("consent_missing") with the `items` that nobody has agreed to, Conflict("quote_unanswered")
    with the `quotes` that the customer was shown and has not answered.
    """
    missing = missing_consent(visit.ticket, at, completing=completing)
    if missing and not actor.offline:
        raise Conflict(
            "consent_missing",
            "The customer has not agreed to pay for this. Show them the prices, or take the parts back.",
            items=[one.told() for one in missing],
        )
    unanswered = coverage_of(visit.ticket_id).unanswered
    if unanswered and not actor.offline:
        raise Conflict(
            "quote_unanswered",
            "Ask the customer to answer the quote, or withdraw it.",
            quotes=[str(quote) for quote in unanswered],
        )
    if missing:
        keep_gap(visit, missing, actor=actor, at=at)


def keep_gap(visit: Visit, missing: list[Missing], *, actor: Actor, at: datetime) -> None:
    """The visit has ended with work that nobody agreed to pay for: flagged, and told to whoever has to see to it."""
    ticket = visit.ticket
    gap = ConsentGap(
        ticket=ticket,
        visit=visit,
        missing=[one.told() for one in missing],
        occurred_at=at,
        received_at=actor.received_at,
    )
    work.insert(gap)
    forget_coverage(ticket.pk)
    if "consent_missing" not in visit.flags:
        work.change(visit, flags=[*visit.flags, "consent_missing"])
    _record(gap, ticket, "consent_missing", actor=actor, at=at)
    text = {"technician": visit.technician.name, **_words(gap)}
    tell_supervisors(ticket, actor=actor, kind="consent_missing", subject=("visits", visit.pk), text=text)


def settle_gaps(ticket: Ticket, *, actor: Actor, at: datetime) -> None:
    """The customer has agreed to something: the gaps of this locked ticket that it covers are settled, oldest first."""
    for gap in ConsentGap.objects.filter(ticket=ticket, settlement="").order_by("occurred_at", "pk"):
        covered = coverage_of(ticket.pk).covered
        quantities = {UUID(line["item_id"]): Decimal(line["quantity"]) for line in gap.missing}
        for item, quantity in quantities.items():
            covered[item] -= quantity
        if missing_consent(ticket, gap.occurred_at):
            for item, quantity in quantities.items():
                covered[item] += quantity
        else:
            work.change(gap, settlement=Settlement.AGREED, settled_at=at, settled_by=actor.user)
            _record(gap, ticket, "consent_given_later", actor=actor, at=at)


@command
def waive_gap(*, actor: Actor, occurred_at: datetime, gap_id: UUID, note: str) -> ConsentGap:
    """A supervisor decides that the customer need not pay for it. Nobody waives their own work.

    Raises NotFound, Forbidden("role_required"), Forbidden("own_work"), Conflict("gap_settled").
    """
    gap = access.gap_to_settle(actor, gap_id)
    require_role(actor, Role.SUPERVISOR, territory_id=gap.ticket.territory_id)
    if actor.user is not None and gap.visit.technician_id == actor.user.pk:
        raise Forbidden("own_work", "Nobody waives payment for their own work. Ask another supervisor.")
    if gap.settlement:
        raise Conflict("gap_settled", "This has been settled already.", settlement=gap.settlement)
    work.change(gap, settlement=Settlement.WAIVED, settled_at=occurred_at, settled_by=actor.user, note=note)
    _record(gap, gap.ticket, "consent_waived", actor=actor, at=occurred_at)
    return gap


def bill_again(ticket: Ticket) -> None:
    """The locked ticket was reopened: what is done from now on with what was agreed to has not been billed."""
    for quote in Quote.objects.filter(ticket=ticket, status=Quote.Status.ACCEPTED, billed_at__isnull=False):
        work.change(quote, billed_at=None)


def _words(gap: ConsentGap) -> dict[str, str]:
    return {
        "items": ", ".join(f"{line['quantity']} × {line['name']}" for line in gap.missing),
        "items_zh": "、".join(f"{line['name_zh'] or line['name']} × {line['quantity']}" for line in gap.missing),
    }


def _record(gap: ConsentGap, ticket: Ticket, kind: str, *, actor: Actor, at: datetime) -> None:
    data = {"visit_id": gap.visit_id, "gap_id": gap.pk, **_words(gap), "note": gap.note}
    record_event(ticket, actor=actor, occurred_at=at, kind=kind, public=False, data=data)
