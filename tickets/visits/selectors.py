"""Reads: visits, check-ins and part uses for lists; who is on which ticket, and along with whom."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet

from accounts.models import User
from fieldsvc.errors import Invalid
from parts.locations.access import visible_locations
from parts.locations.models import Location
from sync import work
from sync.queries import said_once
from sync.rows import with_related
from tickets.attachments.models import Attachment
from tickets.complaints.models import FOLLOWED_BY, Ticket, TicketEvent
from tickets.service_types.selectors import LikelyPart, likely_parts
from tickets.visits.models import CheckIn, PartUse, Visit


def with_shown(visits: QuerySet[Visit]) -> QuerySet[Visit]:
    """With all that the output of a visit shows of other tables, in two queries."""
    crews = Prefetch("companions", _companions(), to_attr="crew")
    return with_names(visits).prefetch_related(crews)  # type: ignore[no-redef]  # a cached property may be filled


def with_names(visits: QuerySet[Visit]) -> QuerySet[Visit]:
    """The same without those who go along, in one query."""
    return with_related(visits, ticket=("reference", *FOLLOWED_BY), technician=("name",))


def with_crews(visits: Sequence[Visit]) -> Sequence[Visit]:
    """The same rows, with those who go along, in one more query for all."""
    crews: dict[UUID | None, list[Visit]] = defaultdict(list)
    for companion in _companions_of([visit.pk for visit in visits]):
        crews[companion.companion_of_id].append(companion)
    for visit in visits:
        visit.crew = crews[visit.pk]
    return visits


@said_once
def _companions_of(ids: Collection[UUID]) -> QuerySet[Visit]:
    return _companions().filter(companion_of__in=ids)


def _companions() -> QuerySet[Visit]:
    """Visits of companions that were not called off, with what a crew shows of them."""
    present = Visit.objects.exclude(status=Visit.Status.CANCELLED)
    return with_related(present, technician=("name",)).order_by("pk")


def check_ins_with_shown(check_ins: QuerySet[CheckIn]) -> QuerySet[CheckIn]:
    """With all that the output of a check-in shows of other tables, in one query."""
    return with_related(check_ins, technician=("name",), visit=("ticket",), visit__ticket=FOLLOWED_BY)


def part_uses_with_shown(part_uses: QuerySet[PartUse]) -> QuerySet[PartUse]:
    """With all that the output of a part use shows of other tables, in one query."""
    return with_related(
        part_uses, visit=("ticket", "technician"), visit__ticket=FOLLOWED_BY, part=("number", "name", "name_zh")
    )


def likely_parts_in_van(visit: Visit, viewer: User) -> Collection[LikelyPart]:
    """What a visit of this kind is likely to need, and how much of it lies in its van, if the viewer sees that."""
    vans = visible_locations(viewer).filter(keeper=visit.technician_id, kind=Location.Kind.VAN, is_active=True)
    service_type_id = visit.ticket.service_type_id
    found = likely_parts([service_type_id], van_id=vans.values_list("pk", flat=True).first())
    return found.get(service_type_id, [])


def signature_of(visit: Visit, signature_id: UUID) -> Attachment:
    """A signature that was given at this visit. Raises Invalid("signature_unknown")."""
    signatures = visit.attachments.filter(kind=Attachment.Kind.SIGNATURE).exclude(state=Attachment.State.WITHDRAWN)
    signature = signatures.filter(pk=signature_id).first()
    if signature is None:
        raise Invalid("signature_unknown", "Choose a signature of this visit.", field="signature_id")
    return signature


def active_visits(ticket_id: UUID) -> QuerySet[Visit]:
    """The visits that still occupy somebody who answers for this ticket, the first one first."""
    active = Visit.objects.filter(ticket_id=ticket_id, status__in=Visit.ACTIVE, companion_of=None)
    return active.order_by("window_start", "id")


def active_companions(visit: Visit) -> list[Visit]:
    """The visits of those who go along with this one, and have not ended. Within a command."""
    return [companion for companion in companions_of(visit) if companion.is_active]


def companions_of(visit: Visit) -> list[Visit]:
    """The same, with those that have ended; not those that were called off. Within a command, with its ticket locked:
    without it nobody writes them."""
    if not visit.leads:
        return []
    read_companions([visit.pk])
    crew: list[Visit] = work.recall(_crew(visit.pk))
    for companion in crew:
        companion.ticket, companion.companion_of = visit.ticket, visit
    return [companion for companion in crew if companion.status != Visit.Status.CANCELLED]


def read_companions(visit_ids: Collection[UUID]) -> None:
    """Read them of many locked visits at once."""
    unread = {visit_id for visit_id in visit_ids if not work.remembers(_crew(visit_id))}
    if unread:
        crews: dict[UUID | None, list[Visit]] = {visit_id: [] for visit_id in unread}
        present = Visit.objects.filter(companion_of__in=unread).exclude(status=Visit.Status.CANCELLED)
        for row in present.select_related("technician").order_by("pk"):
            crews[row.companion_of_id].append(work.held(Visit, row.pk) or row)
        for visit_id, crew in crews.items():
            work.remember(_crew(visit_id), crew)


def _crew(visit_id: UUID | None) -> tuple[str, UUID | None]:
    return "companions", visit_id


def checks_answered(visit: Visit) -> set[str]:
    """The checks of the list that somebody of the crew has answered. Within a command."""
    crew = (visit, *companions_of(visit))
    return {code for one in crew for code, answer in one.checklist_answers.items() if answer not in (None, "")}


def lead_of(companion: Visit) -> Visit:
    """The visit of the lead along with whom they go. Within a command, with its ticket locked."""
    lead = work.held(Visit, companion.companion_of_id)
    lead = lead or Visit.objects.select_related("technician").get(companions=companion)
    lead.ticket = companion.ticket
    return lead


def who_planned(visit: Visit) -> dict[str, Any]:
    """Who of ours planned this visit, and when: the first thing that stands about it in the timeline."""
    events = TicketEvent.objects.filter(ticket=visit.ticket_id, data__visit_id=str(visit.pk)).select_related("actor")
    first = events.order_by("received_at", "pk").first()
    return {
        "planned_by": first.actor.name if first and first.actor else None,
        "planned_at": first.received_at.isoformat() if first else None,
    }


def active_technician(ticket_id: UUID) -> User | None:
    """Who is on the ticket now: the technician of its first active visit."""
    visit = active_visits(ticket_id).select_related("technician").first()
    return visit.technician if visit else None


def read_on_site(technician_id: UUID) -> Collection[UUID]:
    """The visits at which the books had this technician on site when it was first asked for. Within a command."""

    def read() -> set[UUID]:
        there = Visit.objects.filter(technician=technician_id, status=Visit.Status.ON_SITE, departed_at=None)
        return set(there.values_list("pk", flat=True))

    return work.remembered(("on site", technician_id), read)


def is_on_site_elsewhere(visit: Visit) -> bool:
    """Whether the books have its technician on site at another visit. Within a command."""
    others = read_on_site(visit.technician_id)
    return any(pk != visit.pk and work.held(Visit, pk) is None for pk in others) or any(
        row.status == Visit.Status.ON_SITE
        and row.departed_at is None
        and row.technician_id == visit.technician_id
        and row.pk != visit.pk
        for row in work.all_held(Visit)
    )


def has_parts_fitted(visit: Visit) -> bool:
    """Whether parts were booked as used at this locked visit. Within a command."""
    read_parts_fitted([visit.pk])
    return bool(work.recall(_fitted(visit.pk)))


def note_part_fitted(visit: Visit) -> None:
    """A part is being booked as used at this locked visit."""
    work.remember(_fitted(visit.pk), True)


def read_parts_fitted(visit_ids: Collection[UUID]) -> None:
    """Read it of many locked visits at once."""
    unread = {visit_id for visit_id in visit_ids if not work.remembers(_fitted(visit_id))}
    if unread:
        uses = PartUse.objects.filter(visit__in=unread, kind=PartUse.Kind.USED)
        fitted = set(uses.values_list("visit", flat=True))
        for visit_id in unread:
            work.remember(_fitted(visit_id), visit_id in fitted)


def _fitted(visit_id: UUID) -> tuple[str, UUID]:
    return "parts fitted", visit_id


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
