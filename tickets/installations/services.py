"""Commands on installations."""

from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.models import User
from fieldsvc.errors import Conflict
from notifications.services import notify
from sync import work
from sync.commands import Actor, command
from tickets.complaints.models import Ticket
from tickets.complaints.reopening import take_up_again
from tickets.complaints.telling import tell_supervisors
from tickets.complaints.timeline import record_event
from tickets.installations import access
from tickets.installations.models import Installation
from tickets.visits.models import Visit
from tickets.warranties.giving import release_warranties

State = Installation.State


def wait_for_acceptance(visit: Visit, *, actor: Actor, at: datetime) -> None:
    """A visit was completed at which something new was put in, by its service type. Part of commands.

    What was worked on once more after it was accepted is a repair, and waits for nobody.
    """
    ticket = visit.ticket
    installation = Installation.objects.filter(ticket=ticket).first()
    if installation is None:
        installation = Installation(ticket=ticket, installed_at=at)
        work.insert(installation)
    elif installation.state != State.ACCEPTED:
        undecided: dict[str, Any] = {"decided_at": None, "decided_by": None, "note": ""}
        work.change(installation, state=State.WAITING, installed_at=at, **undecided)
    else:
        return
    record_event(ticket, actor=actor, occurred_at=at, kind="installation_waits", public=False)
    tell_supervisors(
        ticket,
        actor=actor,
        kind="installation_waits",
        subject=("tickets", ticket.pk),
        text={"title": ticket.title, "technician": visit.technician.name},
        once_for=visit.pk,
    )


@command
def accept_installation(*, actor: Actor, occurred_at: datetime, installation_id: UUID, note: str = "") -> Installation:
    """Somebody who has not put it in found it in order: from now on it is under warranty. Again changes nothing.

    Raises NotFound, Forbidden("role_required" | "own_installation"), Conflict("ticket_not_done") while somebody is to
    work on it.
    """
    installation = access.installation_to_decide(actor, installation_id)
    if installation.state != State.ACCEPTED:
        _must_be_done(installation.ticket)
        _decide(installation, State.ACCEPTED, actor=actor, at=occurred_at, note=note)
        release_warranties(installation.ticket)
    return installation


@command
def reject_installation(*, actor: Actor, occurred_at: datetime, installation_id: UUID, note: str) -> Installation:
    """It is not in order, and why: its ticket is work again; once that is done, the installation waits anew.

    However long ago the ticket was closed: the time to confirm is the customer's, and what was not accepted was never
    done. The customer hears that we come again, and not what we say of each other's work. Again changes nothing.
    Raises as `accept_installation`, and Conflict("installation_accepted").
    """
    installation = access.installation_to_decide(actor, installation_id)
    if installation.state == State.ACCEPTED:
        raise Conflict("installation_accepted", "It was accepted. What does not work is a matter of warranty.")
    if installation.state != State.REJECTED:
        _must_be_done(installation.ticket)
        _decide(installation, State.REJECTED, actor=actor, at=occurred_at, note=note)
        take_up_again(installation.ticket, actor=actor, occurred_at=occurred_at, reason="installation_rejected")
        _tell_those_who_did_it(installation, actor=actor)
    return installation


def _tell_those_who_did_it(installation: Installation, *, actor: Actor) -> None:
    ticket = installation.ticket
    notify(
        actor=actor,
        to=User.objects.filter(visits__in=Visit.objects.filter(ticket=ticket, arrived_at__isnull=False)).distinct(),
        kind="installation_rejected",
        subject=("tickets", ticket.pk),
        text={"reference": ticket.reference, "title": ticket.title, "note": installation.note},
        ticket_id=ticket.pk,
        territory_id=ticket.territory_id,
        dedupe_key=f"installation_rejected:{installation.pk}:{installation.decided_at}",
    )


def _must_be_done(ticket: Ticket) -> None:
    if ticket.status in Ticket.UNRESOLVED:
        detail = "Somebody still has to work on it. Decide when that is done."
        raise Conflict("ticket_not_done", detail, ticket_status=ticket.status)


def _decide(installation: Installation, state: Installation.State, *, actor: Actor, at: datetime, note: str) -> None:
    work.change(installation, state=state, decided_at=at, decided_by=actor.user, note=note)
    kind, data = f"installation_{state}", {"person": actor.user.name if actor.user else "", "note": note}
    record_event(installation.ticket, actor=actor, occurred_at=at, kind=kind, public=False, data=data)
