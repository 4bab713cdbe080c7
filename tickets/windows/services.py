"""Commands: the resident chooses a window; administrators say which there are."""

from datetime import datetime, time
from uuid import UUID

from accounts.models import DESK, Role
from accounts.people.access import require_administrator
from accounts.people.selectors import people_with_role
from fieldsvc.errors import Conflict, Invalid, NotFound
from fieldsvc.time import now
from notifications.services import notify
from sync.commands import Actor, command
from sync.rows import locked
from sync.sql import execute
from tickets.complaints.access import ticket_of_resident
from tickets.complaints.models import Ticket
from tickets.complaints.timeline import record_event
from tickets.complaints.transitions import heard_from_resident
from tickets.sites.access import active_territory
from tickets.visits import steps
from tickets.visits.models import Visit
from tickets.visits.selectors import active_visits
from tickets.windows.models import ChosenWindow, OfferedWindow
from tickets.windows.selectors import Window, change_until, offered


@command
def choose_window(
    *, actor: Actor, occurred_at: datetime, ticket_id: UUID, window_start: datetime, window_end: datetime
) -> Ticket:
    """The resident chooses when somebody comes, or another time; by the desk for them, or in its own name.

    A planned visit is moved there, and its technician hears of it; else the dispatchers plan by it. The same again
    changes nothing. Raises Invalid("window_in_past"), Conflict("ticket_not_open"), Conflict("window_fixed") with
    `until`, Conflict("window_not_offered").
    """
    ticket = ticket_of_resident(actor, ticket_id, *DESK)
    if window_start <= now():
        raise Invalid("window_in_past", "Choose a window that is still to come.", field="window_start")
    if ticket.status not in Ticket.OPEN:
        raise Conflict("ticket_not_open", "Nobody comes to this ticket any more.", ticket_status=ticket.status)
    window = Window(window_start, window_end)
    _one_at_a_time(ticket)
    visit = locked(active_visits(ticket_id).select_related("technician")).first()
    held = visit or ChosenWindow.objects.filter(ticket=ticket).first()
    if held is not None and window == Window(held.window_start, held.window_end):
        return ticket
    if visit is not None and (visit.status not in Visit.PLANNED or occurred_at > change_until(visit)):
        until = change_until(visit)
        raise Conflict("window_fixed", "It is too late to change it. Write to the desk.", until=until.isoformat())
    if window not in offered(ticket, visit, at=occurred_at):
        raise _not_offered()
    if visit is not None:
        visit.ticket = ticket
        try:
            steps.move(visit, actor=actor, at=occurred_at, window_start=window_start, window_end=window_end)
        except Conflict:  # whatever else its technician has to do is nothing for the resident to read
            raise _not_offered() from None
    else:
        _wish(ticket, window, actor=actor, at=occurred_at)
    if actor.subject is not None and actor.subject.pk == ticket.resident_id:
        heard_from_resident(ticket, actor=actor, occurred_at=occurred_at)
    return ticket


def _not_offered() -> Conflict:
    return Conflict("window_not_offered", "Choose one of the windows on offer; somebody may have been quicker.")


def _one_at_a_time(ticket: Ticket) -> None:
    """Until the commit nobody else chooses in this territory: two would both find the last technician free."""
    execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"windows:{ticket.territory_id}"])


def _wish(ticket: Ticket, window: Window, *, actor: Actor, at: datetime) -> None:
    told = {"window_start": window.window_start, "window_end": window.window_end}
    ChosenWindow.objects.update_or_create(ticket=ticket, defaults={**told, "chosen_by": actor.subject, "chosen_at": at})
    event = record_event(ticket, actor=actor, occurred_at=at, kind="window_chosen", public=True, data=told)
    notify(
        actor=actor,
        to=people_with_role(Role.DISPATCHER, ticket.territory_id),
        kind="window_chosen",
        subject=("tickets", ticket.pk),
        text={"reference": ticket.reference, "title": ticket.title, **told},
        ticket_id=ticket.pk,
        territory_id=ticket.territory_id,
        dedupe_key=f"window_chosen:{event.pk}",
    )


@command
def offer_window(
    *, actor: Actor, occurred_at: datetime, territory_id: UUID, weekday: int, opens: time, closes: time
) -> OfferedWindow:
    """From now on residents may choose it; once is enough. Raises Invalid("window_not_valid" | "territory_unknown")."""
    require_administrator(actor)
    if closes <= opens:
        raise Invalid("window_not_valid", "Let it close after it opens.", field="closes")
    territory = active_territory(territory_id)
    window, _ = OfferedWindow.objects.get_or_create(territory=territory, weekday=weekday, opens=opens, closes=closes)
    return window


@command
def withdraw_window(*, actor: Actor, occurred_at: datetime, window_id: UUID) -> None:
    """It is not on offer any more; what was chosen stands. Raises NotFound."""
    require_administrator(actor)
    deleted, _ = OfferedWindow.objects.filter(pk=window_id).delete()
    if not deleted:
        raise NotFound()
