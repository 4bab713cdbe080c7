"""Which tickets may be about the same fault as a report, and which repair it shows to have failed.

**The same place** is the same equipment, the same site, or, where nobody knows the site, the same address and complex,
or the same phone number at the same complex. **The same fault** is the same service type and the same answer to its
question for the kind of fault, as far as both were asked.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Lower

from tickets.complaints.models import Ticket
from tickets.duplicates.models import ToldApart
from tickets.service_types.models import ServiceType

MOST = 20
"""So many possible duplicates are shown, the newest."""
NOWHERE = "|"
"""The `place` of a ticket without complex and address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A complaint, opened or not, as far as it says which others are about the same fault.

    `phone` is that of a customer: what a technician finds on patrol has none.
    """

    service_type: ServiceType
    reported_at: datetime
    fault: str = ""
    site_id: UUID | None = None
    asset_id: UUID | None = None
    complex: str = ""
    address: str = ""
    phone: str = ""
    ticket_id: UUID | None = None
    follows_id: UUID | None = None

    @classmethod
    def of(cls, ticket: Ticket) -> Self:
        """Of a ticket, saved or not."""
        return cls(
            service_type=ticket.service_type,
            reported_at=ticket.reported_at,
            fault=fault_of(ticket),
            site_id=ticket.site_id,
            asset_id=ticket.asset_id,
            complex=ticket.complex,
            address=ticket.address,
            phone="" if ticket.source == Ticket.Source.PATROL else ticket.contact_phone,
            ticket_id=ticket.pk,
            follows_id=ticket.follows_id,
        )

    @property
    def place(self) -> str:
        """See `Ticket.place`, but for the case of letters, which the database compares."""
        return f"{self.complex}|{self.address}"


def fault_of(ticket: Ticket) -> str:
    """As the database computes `Ticket.fault`, for a ticket that is not there yet."""
    return str(ticket.details.get("fault") or ticket.details.get("descriptor") or "")


def possible_duplicates(report: Report) -> QuerySet[Ticket]:
    """What was reported of the same fault in the time of the service type and not repaired by then, the newest first.

    A late report of a phone may be the earlier one. Left out is what the desk has told apart from it or joined with it.
    """
    around = timedelta(hours=report.service_type.duplicate_hours)
    found = _same_fault(report).filter(
        Q(resolved_at=None) | Q(resolved_at__gt=report.reported_at),
        reported_at__range=(report.reported_at - around, report.reported_at + around),
    )
    found = found.exclude(status=Ticket.Status.CANCELLED)
    if report.ticket_id is not None:
        apart = ToldApart.objects.filter(
            Q(one=report.ticket_id, other=OuterRef("pk")) | Q(one=OuterRef("pk"), other=report.ticket_id)
        )
        found = found.exclude(follows=report.ticket_id).exclude(Exists(apart))
    if report.follows_id is not None:
        found = found.exclude(pk=report.follows_id).exclude(follows=report.follows_id)
    return found.order_by("-reported_at", "-pk")


def failed_repairs(report: Report) -> QuerySet[Ticket]:
    """Tickets of the same fault that were resolved within the days of the service type before, the last one first."""
    since = report.reported_at - timedelta(days=report.service_type.repeat_days)
    done = (Ticket.Status.RESOLVED, Ticket.Status.CLOSED)
    before = _same_fault(report).filter(status__in=done, resolved_at__range=(since, report.reported_at))
    return before.order_by("-resolved_at", "-pk")


def matched_by(report: Report, ticket: Ticket) -> Iterator[str]:
    """By what a found ticket is of the same place: `asset`, `site`, `address`, `phone`."""
    if report.asset_id and report.asset_id == ticket.asset_id:
        yield "asset"
    if report.site_id and report.site_id == ticket.site_id:
        yield "site"
    if report.address and report.place.lower() == ticket.place:
        yield "address"
    if report.phone and report.phone == ticket.contact_phone:
        yield "phone"


def _same_fault(report: Report) -> QuerySet[Ticket]:
    """Other tickets of the same place and the same fault, whenever they were reported."""
    found = Ticket.objects.filter(same_place(report), service_type=report.service_type)
    if report.fault:
        found = found.filter(Q(fault="") | Q(fault=Lower(Value(report.fault))))
    return found.exclude(pk=report.ticket_id) if report.ticket_id else found


def same_place(report: Report) -> Q:
    """Condition on tickets. Each alternative has an index that ends with the time of the report."""
    place = Lower(Value(report.place))
    same = Q(pk__in=[])
    if report.asset_id:
        same |= Q(asset=report.asset_id)
    if report.site_id:
        same |= Q(site=report.site_id)
    if report.address:
        same |= ~Q(address="") & Q(place=place)
    if report.phone:
        caller = ~Q(contact_phone="") & Q(contact_phone=report.phone) & ~Q(source=Ticket.Source.PATROL)
        same |= caller if report.place == NOWHERE else caller & (Q(place=place) | Q(place=NOWHERE))
    return same
