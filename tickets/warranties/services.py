"""Commands on the terms of warranty, for administrators of everything. What was given under them keeps them."""

from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.people.access import require_administrator
from fieldsvc.errors import Conflict, Invalid
from parts.models import Part
from sync.commands import Actor, command
from sync.ids import uuid7
from sync.repeats import made_before
from sync.violations import violated_constraint
from tickets.prices.services import EAST_OF_ALL
from tickets.service_types.models import ServiceType
from tickets.warranties import access
from tickets.warranties.models import NO_OVERLAP, WarrantyTerm


@command
def set_warranty_term(
    *,
    actor: Actor,
    occurred_at: datetime,
    valid_from: date,
    service_type: str = "",
    part_id: UUID | None = None,
    months: int = 0,
    days: int = 0,
    valid_until: date | None = None,
    id: UUID | None = None,
) -> WarrantyTerm:
    """For how long we answer for repairs of a service type, or for a part, from a day on. The same id is one term.

    One without an end takes the place of one that has none either. Raises Invalid("warranty_for_what" |
    "warranty_takes_a_day" | "service_type_unknown" | "part_not_known" | "price_ends_before_it_begins"),
    Conflict("warranty_overlaps" | "id_taken").
    """
    require_administrator(actor)
    if bool(service_type) == (part_id is not None):
        raise Invalid("warranty_for_what", "Name a service type, or a part.", field="service_type")
    if not months and not days:
        raise Invalid("warranty_takes_a_day", "Say for how long.", field="days")
    kind = ServiceType.objects.filter(code=service_type).first() if service_type else None
    if service_type and kind is None:
        raise Invalid("service_type_unknown", "Choose one of the service types.", field="service_type")
    if part_id is not None and not Part.objects.filter(pk=part_id).exists():
        raise Invalid("part_not_known", "Choose a part of the catalogue.", field="part_id")
    _must_hold_for_a_day(valid_from, valid_until)
    what = {"service_type_id": kind.pk if kind else None, "part_id": part_id}
    terms = {"months": months, "days": days, "valid_from": valid_from, "valid_until": valid_until}
    before = made_before(WarrantyTerm, id, **what, **terms)
    if before is not None:
        return before
    if valid_until is None:
        endless = WarrantyTerm.objects.filter(**what, valid_from__lt=valid_from, valid_until=None)
        endless.update(valid_until=valid_from)
    term = WarrantyTerm(pk=id or uuid7(), **what, **terms)
    _save(term)
    return term


@command
def end_warranty_term(*, actor: Actor, occurred_at: datetime, term_id: UUID, valid_until: date | None) -> WarrantyTerm:
    """It holds until the day before `valid_until`; with None, until further notice.

    Raises Invalid("price_ends_before_it_begins"), Conflict("warranty_overlaps").
    """
    term = access.term_to_change(actor, term_id)
    _must_hold_for_a_day(term.valid_from, valid_until)
    term.valid_until = valid_until
    _save(term)
    return term


@command
def delete_warranty_term(*, actor: Actor, occurred_at: datetime, term_id: UUID) -> None:
    """Take back one that has not begun yet anywhere. Raises Conflict("warranty_has_begun"): end that one."""
    term = access.term_to_change(actor, term_id)
    if term.valid_from <= (occurred_at + EAST_OF_ALL).date():
        raise Conflict("warranty_has_begun", "Somebody may have been promised this. Let it end instead.")
    term.delete()


def _must_hold_for_a_day(valid_from: date, valid_until: date | None) -> None:
    if valid_until is not None and valid_until <= valid_from:
        raise Invalid("price_ends_before_it_begins", "Let it hold for a day at least.", field="valid_until")


def _save(term: WarrantyTerm) -> None:
    try:
        with transaction.atomic():
            term.save()
    except IntegrityError as error:
        if violated_constraint(error) == NO_OVERLAP:
            detail = "There is a warranty for some of these days already. End that one first."
            raise Conflict("warranty_overlaps", detail) from error
        raise
