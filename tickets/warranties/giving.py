"""What was repaired and fitted comes under warranty a minute after its ticket is resolved, by the terms of that day.

It follows from the rows alone: from a visit by which a ticket at a site or about an asset was resolved, and from units
fitted for it whose serials we know. Done twice, it is done once.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from dateutil.relativedelta import relativedelta
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from parts.stock.models import Condition
from sync import work
from sync.archive import archive
from sync.commands import Actor, command
from tickets.complaints.models import Ticket
from tickets.installations.models import Installation
from tickets.prices.selectors import day_there
from tickets.visits.models import PartUse, Visit
from tickets.warranties.models import Warranty, WarrantyTerm

Kind = Warranty.Kind


@command
def give_warranties(*, actor: Actor, occurred_at: datetime) -> int:
    """For tickets that were resolved and are not archived; returns how many warranties are new."""
    done = Ticket.objects.filter(status__in=(Ticket.Status.RESOLVED, Ticket.Status.CLOSED), archived=False)
    done = done.filter(Q(site__isnull=False) | Q(asset__isnull=False), resolved_at__isnull=False)
    rows = [*_of_repairs(done), *_of_units(done)]
    Warranty.objects.bulk_create(rows, ignore_conflicts=True)
    told_late = Warranty.objects.filter(kind=Kind.PART, ticket__in=done, archived=False)
    told_late.exclude(part_use__in=_staying(done)).update(archived=True)
    given_up = Ticket.objects.filter(status=Ticket.Status.CANCELLED, archived=False)
    Warranty.objects.filter(kind=Kind.REPAIR, ticket__in=given_up, archived=False).update(archived=True)
    _note_replaced(done)
    return len(rows)


@command
def archive_warranties(*, actor: Actor, occurred_at: datetime) -> int:
    """Take warranties off phones that ended long ago. Returns how many: none when all is done."""
    return archive(Warranty.objects.all(), ended="until", at=occurred_at)


def release_warranties(ticket: Ticket) -> None:
    """What was installed for the locked ticket was accepted. Part of that command."""
    for warranty in Warranty.objects.filter(ticket=ticket, blocked=True).order_by("pk"):
        work.change(warranty, blocked=False)


def take_warranties_along(ticket: Ticket) -> None:
    """What was done for the locked ticket was done where it is now. Part of the command that puts its place right."""
    for warranty in Warranty.objects.filter(ticket=ticket).order_by("pk"):
        work.change(warranty, site=ticket.site, asset=ticket.asset)


def last_day(term: WarrantyTerm, first: date) -> date:
    """Of what was done on the first one."""
    return first + relativedelta(months=term.months) + timedelta(days=term.days)


def _of_repairs(done: QuerySet[Ticket]) -> Iterable[Warranty]:
    """What was solved on the phone, or along with another ticket, was not repaired here."""
    visits = Visit.objects.filter(ticket=OuterRef("pk"), status=Visit.Status.COMPLETED)
    repaired = done.filter(Exists(visits.filter(completed_at=OuterRef("resolved_at"))), resolved_remotely=False)
    known = Warranty.objects.filter(ticket=OuterRef("pk"), kind=Kind.REPAIR, since=OuterRef("resolved_at"))
    terms = WarrantyTerm.objects.filter(service_type=OuterRef("service_type"))
    tickets = list(repaired.filter(Exists(terms), ~Exists(known)).select_related("territory", "installation"))
    by_type = WarrantyTerm.objects.filter(service_type__in={ticket.service_type_id for ticket in tickets})
    for ticket in tickets:
        of_it = [term for term in by_type if term.service_type_id == ticket.service_type_id]
        yield from _given(ticket, of_it, ticket.resolved_at, kind=Kind.REPAIR)


def _staying(done: QuerySet[Ticket]) -> QuerySet[PartUse]:
    """Units that were fitted: not what came back unused, or was booked by mistake."""
    unused = PartUse.objects.filter(
        visit__ticket=OuterRef("visit__ticket"),
        kind=PartUse.Kind.RETURNED,
        part=OuterRef("part"),
        serial=OuterRef("serial"),
        movement__condition=Condition.GOOD,
        movement__reversal=None,
    )
    fitted = PartUse.objects.filter(visit__ticket__in=done, kind=PartUse.Kind.USED, movement__reversal=None)
    return fitted.exclude(serial="").filter(~Exists(unused))


def _of_units(done: QuerySet[Ticket]) -> Iterable[Warranty]:
    terms = WarrantyTerm.objects.filter(part=OuterRef("part"))
    new = _staying(done).filter(Exists(terms), warranty=None)
    uses = list(new.select_related("visit__ticket__territory", "visit__ticket__installation"))
    by_part = WarrantyTerm.objects.filter(part__in={use.part_id for use in uses})
    for use in uses:
        of_it = [term for term in by_part if term.part_id == use.part_id]
        unit = {"part_id": use.part_id, "part_use": use, "serial": use.serial}
        yield from _given(use.visit.ticket, of_it, use.occurred_at, kind=Kind.PART, **unit)


def _given(ticket: Ticket, terms: Sequence[WarrantyTerm], since: datetime | None, **what: object) -> Iterable[Warranty]:
    if since is None:
        return
    day = day_there(ticket.territory, since)
    installation: Installation | None = getattr(ticket, "installation", None)
    waits = installation is not None and installation.state != Installation.State.ACCEPTED
    for term in terms:
        if term.holds_on(day):
            yield Warranty(
                ticket=ticket,
                site_id=ticket.site_id,
                asset_id=ticket.asset_id,
                service_type_id=ticket.service_type_id,
                fault=ticket.fault,
                since=since,
                until=last_day(term, day),
                blocked=waits,
                **what,
            )


def _note_replaced(done: QuerySet[Ticket]) -> None:
    """A unit is there until it is taken out: for the ticket of the first removal after it was fitted.

    Looked at again are units taken out for one of these tickets, and those of which that turned out to be a mistake.
    """
    removals = PartUse.objects.exclude(removed_serial="")
    told, mistaken = removals.filter(visit__ticket__in=done), removals.filter(movement__reversal__isnull=False)
    serials = {serial for uses in (told, mistaken) for serial in uses.values_list("removed_serial", flat=True)}
    there = Q(visit__ticket__site=OuterRef("site")) | Q(visit__ticket__asset=OuterRef("asset"))
    later = removals.filter(there, removed_serial=OuterRef("serial"), occurred_at__gt=OuterRef("since"))
    first = later.filter(movement__reversal=None).order_by("occurred_at", "pk").values("visit__ticket")[:1]
    units = Warranty.objects.filter(kind=Kind.PART, serial__in=serials).annotate(taken_out_for=Subquery(first))
    for unit in units.order_by("pk"):
        if unit.replaced_for_id != unit.taken_out_for:
            unit.replaced_for_id = unit.taken_out_for
            unit.save(update_fields=["replaced_for"])
