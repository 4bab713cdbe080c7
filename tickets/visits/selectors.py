"""Reads: visits, check-ins and part uses for lists; who is on which ticket."""

from collections import defaultdict
from collections.abc import Collection
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import User
from fieldsvc.errors import Invalid
from tickets.attachments.models import Attachment
from tickets.complaints.models import Ticket
from tickets.visits.models import CheckIn, PartUse, Visit


def with_shown(visits: QuerySet[Visit]) -> QuerySet[Visit]:
    """With all that the output of a visit shows of other tables, in one query."""
    return visits.select_related("ticket", "technician")


def check_ins_with_shown(check_ins: QuerySet[CheckIn]) -> QuerySet[CheckIn]:
    """With all that the output of a check-in shows of other tables, in one query."""
    return check_ins.select_related("technician", "visit__ticket")


def part_uses_with_shown(part_uses: QuerySet[PartUse]) -> QuerySet[PartUse]:
    """With all that the output of a part use shows of other tables, in one query."""
    return part_uses.select_related("visit__ticket", "part")


def signature_of(visit: Visit, signature_id: UUID) -> Attachment:
    """A signature that was given at this visit. Raises Invalid("signature_unknown")."""
    signatures = visit.attachments.filter(kind=Attachment.Kind.SIGNATURE).exclude(state=Attachment.State.WITHDRAWN)
    signature = signatures.filter(pk=signature_id).first()
    if signature is None:
        raise Invalid("signature_unknown", "Choose a signature of this visit.", field="signature_id")
    return signature


def active_visits(ticket_id: UUID) -> QuerySet[Visit]:
    """The visits that still occupy somebody for this ticket, the first one first."""
    return Visit.objects.filter(ticket_id=ticket_id, status__in=Visit.ACTIVE).order_by("window_start", "id")


def active_technician(ticket_id: UUID) -> User | None:
    """Who is on the ticket now: the technician of its first active visit."""
    visit = active_visits(ticket_id).select_related("technician").first()
    return visit.technician if visit else None


def technicians_of(ticket_ids: Collection[UUID]) -> dict[UUID, set[UUID]]:
    """By ticket, the technicians who follow it: of its visits that were not cancelled, and who found it on patrol.

    Two queries.
    """
    following: dict[UUID, set[UUID]] = defaultdict(set)
    visits = Visit.objects.filter(ticket_id__in=ticket_ids).exclude(status=Visit.Status.CANCELLED).order_by()
    found = Ticket.objects.filter(pk__in=ticket_ids, source=Ticket.Source.PATROL, opened_by__isnull=False).order_by()
    for people in (visits.values_list("ticket_id", "technician_id"), found.values_list("pk", "opened_by")):
        for ticket_id, person_id in people:
            following[ticket_id].add(person_id)
    return following
