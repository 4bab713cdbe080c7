"""Whom to send to a ticket, and when: hard rules first, then what is weighed."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import F, Max, Q

from accounts.models import Role, User
from accounts.people.access import holds, visible_people
from accounts.people.selectors import people_with_role
from fieldsvc.errors import Invalid
from parts.models import Location
from tickets.clock.models import IS_OPEN, Target, TicketClock
from tickets.complaints.models import Ticket
from tickets.service_types.selectors import LikelyPart, likely_parts, likely_parts_in_vans
from tickets.shifts.models import Shift
from tickets.shifts.selectors import Span, WorkingWindow, working_windows
from tickets.suggestions import weighing
from tickets.suggestions.models import SuggestionWeights
from tickets.suggestions.slots import Busy, Gap, Slot, by_the_quarter, gaps, slot_in
from tickets.suggestions.weighing import Reason
from tickets.travel.estimates import Leg
from tickets.travel.places import Place, place_of
from tickets.travel.selectors import Source, travel_times
from tickets.visits.fitness import declined_lately, skills_of, skills_wanted, unwanted
from tickets.visits.models import LONGEST_WINDOW, Visit
from tickets.windows.models import ChosenWindow

Status = Visit.Status

GAPS = 6
"""So many free stretches of each technician are looked at, the first ones first: ways are asked of all of them."""
WAS_THERE_FOR = timedelta(days=365)
"""Who was at a site longer ago does not know it any more."""
HAPPENING = (Status.TRAVELLING, Status.ON_SITE)
DONE = (Status.COMPLETED, Status.INCOMPLETE)

WHY_NOT: Mapping[str, tuple[str, str]] = {
    "outside_territory": ("Does not work in this territory.", "不负责该片区。"),
    "lacks_skill": ("Lacks a skill that is needed.", "缺少所需技能。"),
    "declined_lately": ("Declined this ticket a short time ago.", "近期已拒绝本工单。"),
    "lacks_parts": ("Parts that are needed are not in the van.", "车上缺少所需备件。"),
    "not_available": ("Not available for this visit.", "无法安排此次上门。"),
}
"""Why somebody is not suggested. The last one is of shifts, absences and promises to others, and of what the customer
may have said about them: which of these it is, nobody is told here. So it stays last, and without particulars."""


@dataclass(frozen=True, slots=True)
class Excluded:
    """Somebody who is not suggested. `missing` are codes of skills, or numbers of parts."""

    technician: User
    reason: str
    missing: Sequence[str] = ()

    @property
    def text(self) -> str:
        """In English."""
        return WHY_NOT[self.reason][0]

    @property
    def text_zh(self) -> str:
        """In Chinese."""
        return WHY_NOT[self.reason][1]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Somebody who could go there, and the first time at which they could. `reasons`: the weightiest first."""

    technician: User
    slot: Slot
    score: int
    reasons: Sequence[Reason]


@dataclass(frozen=True, slots=True)
class Suggestions:
    """The best first. `within` is where a time was looked for; `travel_source`, who said how long the ways are."""

    within: Span
    weights: SuggestionWeights
    travel_source: Source
    found: Sequence[Suggestion]
    excluded: Sequence[Excluded] = field(default_factory=list)


def suggest(
    ticket: Ticket,
    *,
    at: datetime,
    visit: Visit | None = None,
    window_start: datetime | None = None,
    window_end: datetime | None = None,
) -> Suggestions:
    """Who could go to this ticket, or take over this visit of it, within a window.

    Without one, it is the promised or the chosen one while that is to come; else the next days. May ask the road
    service: never while rows are locked. The same number of statements, however many technicians there are.

    Raises Invalid("window_not_valid" | "window_in_past" | "window_too_long").
    """
    within = _within(ticket, visit, window_start, window_end, at=at)
    weights = weights_at(ticket.service_type_id, at)
    people = {person.pk: person for person in people_with_role(Role.TECHNICIAN, ticket.territory_id)}
    if visit is not None:
        people.pop(visit.technician_id, None)
    kit = _kit_of(ticket, people)
    refused = _refused(ticket, people, kit, weights, at=at)
    able = [pk for pk in people if pk not in refused]
    days = _Days.read(ticket, able, within, at=at, but=visit)
    slots, source = _first_slots(ticket, days, within, at=at)
    not_wanted = unwanted([ticket], able)
    promise = TicketClock.objects.filter(IS_OPEN, ticket=ticket, target=Target.ON_SITE).first()
    reasons = _Weighing(ticket, days, kit, _who_was_there(ticket, able, at=at), promise, at)
    found = []
    for pk in able:
        if pk not in slots or (ticket.pk, pk) in not_wanted:
            refused[pk] = "not_available", ()
        else:
            said = reasons.of(pk, slots[pk])
            found.append(
                Suggestion(people[pk], slots[pk], weighing.score(said, weights), weighing.in_order(said, weights))
            )
    found.sort(key=lambda suggestion: (-suggestion.score, suggestion.slot.starts_at, suggestion.technician.pk))
    excluded = [Excluded(people[pk], reason, missing) for pk, (reason, missing) in refused.items()]
    excluded.sort(key=lambda out: (out.technician.name, out.technician.pk))
    return Suggestions(within, weights, source, found, excluded)


def outsiders(ticket: Ticket, viewer: User) -> list[Excluded]:
    """Technicians whom this person sees, and who do not work in the territory of the ticket."""
    others = (
        visible_people(viewer).filter(holds([Role.TECHNICIAN])).exclude(holds([Role.TECHNICIAN], [ticket.territory_id]))
    )
    return [Excluded(person, "outside_territory") for person in others.order_by("name", "pk")]


def weights_at(service_type_id: UUID, at: datetime) -> SuggestionWeights:
    """Those of the service type, else of all others, else the usual ones."""
    holding = SuggestionWeights.objects.filter(
        Q(holds_until=None) | Q(holds_until__gt=at),
        Q(service_type=None) | Q(service_type=service_type_id),
        holds_from__lte=at,
    )
    own_first = holding.order_by(F("service_type").asc(nulls_last=True))
    return own_first.first() or SuggestionWeights()


def _within(
    ticket: Ticket, visit: Visit | None, window_start: datetime | None, window_end: datetime | None, *, at: datetime
) -> Span:
    if window_start is None and window_end is None:
        promised = visit or ChosenWindow.objects.filter(ticket=ticket).first()
        if promised is not None and promised.window_end > at:
            return promised.window_start, promised.window_end
    start = window_start or by_the_quarter(at)
    end = window_end or start + timedelta(hours=settings.SUGGESTION_HOURS)
    if end <= start:
        raise Invalid("window_not_valid", "Let the window end after it starts.", field="window_end")
    if end <= at:
        raise Invalid("window_in_past", "Choose a window that is still to come.", field="window_end")
    if end - start > LONGEST_WINDOW:
        detail = f"Look at {LONGEST_WINDOW.days} days at most."
        raise Invalid("window_too_long", detail, field="window_end", limit=LONGEST_WINDOW.days)
    return start, end


Kit = Mapping[UUID, Sequence[LikelyPart]]
"""By technician, the likely parts with how much of each is in the van; empty where no parts are likely."""


def _kit_of(ticket: Ticket, people: Collection[UUID]) -> Kit:
    kind = ticket.service_type_id
    likely = list(likely_parts([kind]).get(kind, ()))
    vans = dict(
        Location.objects.filter(keeper__in=people, kind=Location.Kind.VAN, is_active=True).values_list("keeper", "pk")
    )
    aboard = likely_parts_in_vans([kind], list(vans.values()))
    return {pk: list(aboard[vans[pk]].get(kind, ())) if pk in vans else likely for pk in people}


def _refused(
    ticket: Ticket, people: Collection[UUID], kit: Kit, weights: SuggestionWeights, *, at: datetime
) -> dict[UUID, tuple[str, Sequence[str]]]:
    """By technician, the first hard rule that is in the way, and what is missing."""
    wanted = set(skills_wanted([ticket.service_type_id])[ticket.service_type_id])
    skills = skills_of(people)
    declined = declined_lately([ticket.pk], people, at=at)
    refused: dict[UUID, tuple[str, Sequence[str]]] = {}
    for pk in people:
        lacking = [part.number for part in kit[pk] if part.quantity is not None and weighing.lacks(part)]
        if missing := wanted - set(skills[pk]):
            refused[pk] = "lacks_skill", sorted(missing)
        elif (ticket.pk, pk) in declined:
            refused[pk] = "declined_lately", ()
        elif weights.parts_required and lacking:
            refused[pk] = "lacks_parts", lacking
    return refused


@dataclass(frozen=True, slots=True)
class _Days:
    """By technician, the shifts of the days in question, and what fills them."""

    windows: Mapping[UUID, Sequence[WorkingWindow]]
    busy: Mapping[UUID, Sequence[Busy]]

    @classmethod
    def read(
        cls, ticket: Ticket, people: Collection[UUID], within: Span, *, at: datetime, but: Visit | None
    ) -> "_Days":
        """Whole days, by the wall clock of the territory: only so it is known where somebody comes from."""
        zone = ZoneInfo(ticket.territory.time_zone)
        first, last = (moment.astimezone(zone).date() for moment in within)
        start = datetime.combine(first, time.min, zone).astimezone(UTC)
        end = datetime.combine(last + timedelta(days=1), time.min, zone).astimezone(UTC)
        windows = {
            pk: [window for window in shifts if _counts(window, ticket)]
            for pk, shifts in working_windows(people, start, end).items()
        }
        busy: dict[UUID, list[Busy]] = defaultdict(list)
        visits = Visit.objects.filter(
            technician__in=people,
            window_start__gt=start - LONGEST_WINDOW,  # a range that the index serves
            window_start__lt=end,
        )
        visits = visits.exclude(status=Status.CANCELLED).filter(
            Q(window_end__gt=start) | Q(completed_at__gt=start) | Q(status__in=HAPPENING)
        )
        for visit in visits.select_related("ticket__site", "ticket__service_type"):
            if visit != but:
                busy[visit.technician_id].append(_busy_at(visit, at=at))
        return cls(windows, busy)

    def gaps_of(self, technician_id: UUID, within: Span, length: timedelta, *, at: datetime) -> list[Gap]:
        """Those that may have room for the visit, the first ones."""
        starts, ends = max(within[0], at), within[1]
        found = (
            gap
            for window in self.windows[technician_id]
            for gap in gaps(window, self.busy.get(technician_id, ()))
            if min(gap.ends_at, ends) - max(gap.starts_at, starts) >= length
        )
        return [gap for gap, _ in zip(found, range(GAPS), strict=False)]


def _counts(window: WorkingWindow, ticket: Ticket) -> bool:
    """Whoever stands by is only called for what is most urgent."""
    called = window.kind == Shift.Kind.REGULAR or ticket.is_emergency
    return called and window.territory_id == ticket.territory_id


def _busy_at(visit: Visit, *, at: datetime) -> Busy:
    """What is done lasted until it ended; what is happening lasts as long as such visits do, or as was promised."""
    start, end = visit.window_start, max(visit.window_end, visit.occupied_until or visit.window_end)
    if visit.status in DONE:
        start = visit.arrived_at or visit.window_start
        end = max(start, visit.completed_at or visit.window_end)
    elif visit.status in HAPPENING:
        start = min(start, visit.travelling_at or visit.arrived_at or start)
        end = max(end, at, (visit.arrived_at or at) + timedelta(minutes=visit.ticket.service_type.visit_minutes))
    return Busy(start, end, place_of(visit.ticket.site))


def _first_slots(ticket: Ticket, days: _Days, within: Span, *, at: datetime) -> tuple[dict[UUID, Slot], Source]:
    """By technician, the first time at which they could be there; those who could not are missing."""
    length = min(timedelta(minutes=ticket.service_type.visit_minutes), within[1] - within[0])
    free = {pk: days.gaps_of(pk, within, length, at=at) for pk in days.windows}
    every = [gap for found in free.values() for gap in found]
    site = place_of(ticket.site)
    there = _ways(site, (gap.before for gap in every), ticket, within, to_site=True)
    onwards = _ways(site, (gap.after for gap in every), ticket, within, to_site=False)
    slots: dict[UUID, Slot] = {}
    for pk, found in free.items():
        for gap in found:
            slot = slot_in(
                gap,
                there.legs.get(gap.before),
                onwards.legs.get(gap.after),
                within=within,
                length=length,
                at=at,
            )
            if slot is not None:
                slots[pk] = slot
                break
    return slots, there.source


@dataclass(frozen=True, slots=True)
class _Ways:
    """Between the site and some places; None is no place."""

    legs: Mapping[Place | None, Leg]
    source: Source


def _ways(site: Place | None, places: Iterable[Place | None], ticket: Ticket, within: Span, *, to_site: bool) -> _Ways:
    known = sorted({place for place in places if place is not None})
    if site is None or not known:
        return _Ways({}, Source.ESTIMATE)
    sources, destinations = (known, [site]) if to_site else ([site], known)
    told = travel_times(sources, destinations, territory=ticket.territory, start=within[0], end=within[1])
    legs = [row[0] for row in told.legs] if to_site else told.legs[0]
    return _Ways(dict(zip(known, legs, strict=True)), told.source)


Known = Mapping[UUID, tuple[bool, datetime]]
"""By technician who was there: for this ticket, and when the last time."""


def _who_was_there(ticket: Ticket, people: Collection[UUID], *, at: datetime) -> Known:
    place = Q(ticket__site=ticket.site_id) if ticket.site_id else Q(ticket=ticket)
    there = Visit.objects.filter(place, technician__in=people, arrived_at__gt=at - WAS_THERE_FOR)
    found: dict[UUID, tuple[bool, datetime]] = {}
    last = there.order_by().values("technician", this=Q(ticket=ticket.pk)).annotate(last=Max("arrived_at"))
    for technician_id, this, moment in last.values_list("technician", "this", "last"):
        found[technician_id] = max(found.get(technician_id, (this, moment)), (this, moment))
    return found


@dataclass(frozen=True, slots=True)
class _Weighing:
    """What speaks for whom, of one ticket."""

    ticket: Ticket
    days: _Days
    kit: Kit
    known: Known
    promise: TicketClock | None
    at: datetime

    def of(self, technician_id: UUID, slot: Slot) -> list[Reason]:
        """Each objective that says something about this ticket."""
        zone = self.ticket.territory.time_zone
        due, limit = (self.promise.due_at, self.promise.limit_at) if self.promise else (None, None)
        found = [weighing.clock(starts_at=slot.starts_at, at=self.at, due_at=due, limit_at=limit, zone=zone)]
        if place_of(self.ticket.site) is not None:
            found.append(weighing.travel(slot.way_there))
        found.append(self._load(technician_id, slot.gap.window))
        if self.known:
            this_ticket, last = self.known.get(technician_id, (False, None))
            found.append(weighing.continuity(this_ticket=this_ticket, last=last, zone=zone))
        if self.kit[technician_id]:
            found.append(weighing.parts(self.kit[technician_id]))
        return found

    def _load(self, technician_id: UUID, window: WorkingWindow) -> Reason:
        within = [
            min(busy.ends_at, window.ends_at) - max(busy.starts_at, window.starts_at)
            for busy in self.days.busy.get(technician_id, ())
            if busy.ends_at > window.starts_at and busy.starts_at < window.ends_at
        ]
        working = window.ends_at - window.starts_at
        return weighing.load(visits=len(within), busy=sum(within, timedelta()), working=working)
