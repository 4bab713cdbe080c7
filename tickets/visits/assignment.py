"""Whom a visit may be given to, and whether they are free."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.models import Role, User
from accounts.people.access import territories
from fieldsvc.errors import Conflict, Invalid
from sync.repeats import id_taken
from sync.violations import violated_constraint
from tickets.complaints.models import Ticket
from tickets.visits.models import LONGEST_WINDOW, NO_OVERLAP, Visit


def technician_to_send(ticket: Ticket, technician_id: UUID, *, override_reason: str) -> User:
    """The technician, if they may be sent to this ticket; with a reason, also without the skill or the territory.

    Raises Invalid("not_a_technician"), Conflict("technician_lacks_skill", missing=[codes of skills]),
    Conflict("technician_outside_territory").
    """
    technician = User.objects.filter(pk=technician_id, is_active=True).first()
    if technician is None or not technician.has_role(Role.TECHNICIAN):
        raise Invalid("not_a_technician", "Choose somebody who works as a technician.", field="technician_id")
    if override_reason:
        return technician
    missing = ticket.service_type.skills.exclude(people=technician).order_by("code").values_list("code", flat=True)
    if missing:
        raise Conflict(
            "technician_lacks_skill",
            "Choose somebody with the skill, or give a reason in override_reason.",
            missing=list(missing),
        )
    places = territories(technician, Role.TECHNICIAN)
    if places is not None and ticket.territory_id not in places:
        raise Conflict(
            "technician_outside_territory", "Choose somebody of this territory, or give a reason in override_reason."
        )
    return technician


def save_in_next_gap(visit: Visit, *, start: datetime, length: timedelta) -> None:
    """Save a new visit in the first span of this length, from `start` on, that its technician has promised to nobody.

    Raises Conflict("id_taken").
    """
    _one_at_a_time(visit.technician_id)
    promised = Visit.objects.filter(technician=visit.technician_id, status__in=Visit.ACTIVE, window_end__gt=start)
    for begins, ends in promised.order_by("window_start").values_list("window_start", "window_end"):
        if begins - start >= length:
            break
        start = ends
    visit.window_start, visit.window_end = start, start + length
    save_in_free_window(visit)


def _one_at_a_time(technician_id: UUID) -> None:
    """Until the commit nobody else plans for this technician: inserts that exclude each other are a deadlock."""
    User.objects.select_for_update(no_key=True).get(pk=technician_id)


def save_in_free_window(visit: Visit) -> None:
    """Save an active visit, new or not, if its technician is free in its window: the database has the last word.

    Raises Invalid("window_not_valid" | "window_too_long"), Conflict("visit_overlaps") with the id and the window of the
    visit that is in the way, Conflict("id_taken").
    """
    if visit.window_end <= visit.window_start:
        raise Invalid("window_not_valid", "Let the window end after it starts.", field="window_end")
    if visit.window_end - visit.window_start > LONGEST_WINDOW:
        detail = f"Promise {LONGEST_WINDOW.days} days at most, or plan several visits."
        raise Invalid("window_too_long", detail, field="window_end", limit=LONGEST_WINDOW.days)
    _one_at_a_time(visit.technician_id)
    try:
        with transaction.atomic():
            visit.save()
    except IntegrityError as error:
        constraint = violated_constraint(error)
        if constraint == "tickets_visit_pkey":
            raise id_taken() from None
        if constraint != NO_OVERLAP:
            raise
        other = (
            Visit.objects.filter(technician=visit.technician_id, status__in=Visit.ACTIVE)
            .filter(window_start__lt=visit.window_end, window_end__gt=visit.window_start)
            .exclude(pk=visit.pk)
            .first()
        )
        raise Conflict(
            "visit_overlaps",
            "The technician has another visit in this window. Choose another window or somebody else.",
            visit=other and other.pk,
            window_start=other and other.window_start,
            window_end=other and other.window_end,
        ) from None
