"""What a plan stands on: who works, what is to be done, what is happening already; and the same as a `Problem`."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from accounts.models import Role, Territory
from accounts.people.selectors import people_with_role
from parts.models import Location
from tickets.complaints.models import Ticket
from tickets.routes.depots import Counter, read_counters
from tickets.routes.problem import PROMISE, Crew, Fetch, Problem, Routes, Task
from tickets.service_types.selectors import LikelyPart, likely_parts, likely_parts_in_vans
from tickets.shifts.models import Shift
from tickets.shifts.selectors import WorkingWindow, working_windows
from tickets.travel.places import Place, place_of
from tickets.travel.selectors import Source, travel_times
from tickets.visits.fitness import declined_lately, skills_of, skills_wanted, unwanted
from tickets.visits.models import Visit

Status = Visit.Status

KEEPING_S: Mapping[str, int] = {Status.SCHEDULED: 1800, Status.DISPATCHED: 3600, Status.ACCEPTED: 4 * 3600}
"""So many seconds of travel are better than another technician, by how far the present one has got with it."""
WORTH = {1: 160_000, 2: 80_000, 3: 40_000, 4: 20_000}
"""By priority, what it costs to leave out a ticket to which nobody has been promised: always less than a promise."""
HAPPENING = (Status.TRAVELLING, Status.ON_SITE)
THOUSANDTHS = 1000
"""Of a unit: quantities of parts have three decimals, and the solver wants whole numbers."""

REASONS: Mapping[str, tuple[str, str]] = {
    "no_place": ("Nobody knows where it is: give its site a position.", "位置未知：请为地点填写坐标。"),
    "no_skill": ("Nobody who works that day has the skills.", "当日没有具备所需技能的人员。"),
    "no_part": (
        "Nobody with the skills has the parts in the van, and no depot hands them out.",
        "有技能的人员车上没有所需备件,也没有仓库可领取。",
    ),
    "no_time": ("Nobody who could do it has the time.", "能处理的人员没有空余时间。"),
}
"""Why something is not in a plan."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A ticket that is not in the plan. A visit that there is already stays as it is."""

    ticket_id: UUID
    visit_id: UUID | None
    reason: str
    missing: Sequence[str] = ()
    """Codes of skills, numbers of parts."""


@dataclass(frozen=True, slots=True)
class Work:
    """Something to plan: a ticket, with the visit that there is already."""

    ticket: Ticket
    visit: Visit | None
    window: tuple[datetime, datetime] | None
    """Promised, or chosen by the resident."""

    @property
    def place(self) -> Place | None:
        """Where it is."""
        return place_of(self.ticket.site)

    @property
    def length(self) -> timedelta:
        """How long it probably takes."""
        return timedelta(minutes=self.ticket.service_type.visit_minutes)

    def stays(self, territory: Territory) -> bool:
        """A visit for another desk, or of a crew: planned around, and left to whom was sent."""
        visit = self.visit
        return visit is not None and (
            self.ticket.territory_id != territory.pk or not visit.leads or bool(visit.companions.all())
        )


@dataclass(frozen=True, slots=True)
class Fetched:
    """What is fetched for something that is planned."""

    counter: Counter
    parts: Sequence[LikelyPart]


@dataclass(frozen=True, slots=True)
class Happening:
    """A visit that its technician is on the way to, or at."""

    visit: Visit
    arrives_at: datetime
    leaves_at: datetime


@dataclass(frozen=True, slots=True)
class Hours:
    """What is left of a stretch of a technician's shift, and where they stand by then."""

    window: WorkingWindow
    begins_at: datetime
    here: Place | None
    happening: Sequence[Happening] = ()


@dataclass(frozen=True, slots=True)
class Ground:
    """All of it, as of a moment. `work` and `hours` have the numbers that tasks and crews have in the problem."""

    origin: datetime
    as_of: datetime
    territory: Territory
    hours: Sequence[Hours]
    work: Sequence[Work]
    fetched: Mapping[UUID, Fetched]
    """By ticket."""
    left_out: Sequence[LeftOut]
    problem: Problem
    travel_source: Source

    def moment(self, seconds: int) -> datetime:
        """So many seconds from the origin."""
        return self.origin + timedelta(seconds=seconds)

    def present_routes(self) -> Routes:
        """The visits that there are, each with whose it is now, in the order of their windows."""
        routes: list[list[int]] = [[] for _ in self.hours]
        for number in sorted(range(len(self.work)), key=lambda number: self.problem.tasks[number].window):
            visit = self.work[number].visit
            mine = [crew for crew in self.problem.tasks[number].keepers if visit is not None]
            if visit is not None and mine:
                routes[min(mine, key=lambda crew: self._outside(crew, visit))].append(number)
        return routes

    def _outside(self, crew: int, visit: Visit) -> tuple[bool, int]:
        hours = self.hours[crew]
        return not (hours.begins_at <= visit.window_start < hours.window.ends_at), crew


def day_of(territory: Territory, day: date) -> tuple[datetime, datetime]:
    """From its first moment to that of the next, by the wall clock of the territory."""
    zone = ZoneInfo(territory.time_zone)
    first, after = (datetime.combine(at, time.min, zone).astimezone(UTC) for at in (day, day + timedelta(days=1)))
    return first, after


def windows_of(territory: Territory, day: date, *, at: datetime) -> list[WorkingWindow]:
    """What is left by then of the shifts for this territory; not of those on stand-by."""
    start, end = day_of(territory, day)
    people = list(people_with_role(Role.TECHNICIAN, territory.pk).order_by("name", "pk").values_list("pk", flat=True))
    return [
        window
        for windows in working_windows(people, start, end).values()
        for window in windows
        if window.territory_id == territory.pk and window.kind == Shift.Kind.REGULAR and window.ends_at > at
    ]


def visits_to_plan(territory: Territory, day: date, technicians: Collection[UUID]) -> QuerySet[Visit]:
    """Visits of the day that have not begun: of this territory, and what its technicians do for others."""
    start, end = day_of(territory, day)
    visits = Visit.objects.filter(status__in=Visit.PLANNED, window_start__lt=end, window_end__gt=start)
    return visits.filter(Q(ticket__territory=territory) | Q(technician__in=technicians))


def tickets_to_plan(territory: Territory, day: date) -> QuerySet[Ticket]:
    """Tickets that wait to be planned; where the resident has chosen a window, those who have chosen this day."""
    start, end = day_of(territory, day)
    active = Visit.objects.filter(ticket=OuterRef("pk"), status__in=Visit.ACTIVE)
    this_day = Q(chosen_window__window_start__lt=end, chosen_window__window_end__gt=start)
    return Ticket.objects.filter(
        ~Exists(active),
        Q(chosen_window=None) | this_day,
        territory=territory,
        status=Ticket.Status.TRIAGED,
        follows=None,
    )


def read_ground(territory: Territory, day: date, *, at: datetime, parts_required: bool) -> Ground:
    """As it is now. May ask the road service: never while rows are locked. A few queries."""
    start, _ = day_of(territory, day)
    windows = windows_of(territory, day, at=at)
    technicians = {window.technician_id for window in windows}
    hours = _hours(windows, territory, at=at)
    shown = ("ticket__service_type", "ticket__site", "technician")
    visits = visits_to_plan(territory, day, technicians).select_related(*shown).order_by("window_start", "pk")
    visits = visits.prefetch_related(Prefetch("companions", Visit.objects.filter(status__in=Visit.ACTIVE)))
    tickets = tickets_to_plan(territory, day).select_related("service_type", "site", "chosen_window").order_by("pk")
    work = [Work(visit.ticket, visit, (visit.window_start, visit.window_end)) for visit in visits]
    work += [Work(ticket, None, _chosen(ticket)) for ticket in tickets]
    # Of a crew, who does not work that day for this territory is no concern of its plan.
    work = [item for item in work if not item.stays(territory) or _hours_of(item.visit, hours)]
    rules = _Rules.read(work, hours, territory, at=at, parts_required=parts_required)
    planned: list[tuple[Work, frozenset[int]]] = []
    left_out: list[LeftOut] = []
    without_parts: list[tuple[Work, frozenset[int], LeftOut]] = []
    for item in work:
        who, refusal = rules.crews_for(item)
        if refusal is None:
            planned.append((item, who))
        elif who:
            without_parts.append((item, who, refusal))
        else:
            left_out.append(refusal)
    fetched: dict[UUID, Fetched] = {}
    if without_parts:
        counters = read_counters(territory, {item.ticket.service_type_id for item, _, _ in without_parts})
        # What lies there goes to whom it is worth most.
        for item, who, refusal in sorted(without_parts, key=lambda found: -_worth(found[0])):
            assert item.place is not None
            counter = counters.claim(rules.needs(item), near=item.place)
            if counter is None:
                left_out.append(refusal)
            else:
                planned.append((item, who))
                fetched[item.ticket.pk] = Fetched(counter, list(rules.parts_for[item.ticket.service_type_id]))
    places = _Places()
    crews = [_crew(hour, places, start, rules.stock.get(hour.window.technician_id, {})) for hour in hours]
    last = _seconds(start, max((window.ends_at for window in windows), default=start))
    tasks = [_task(item, who, places, start, last, hours, rules, fetched.get(item.ticket.pk)) for item, who in planned]
    first_hour = min((hour.begins_at for hour in hours), default=at)
    travel = travel_times(
        places.known,
        places.known,
        territory=territory,
        start=first_hour,
        end=max((window.ends_at for window in windows), default=at),
    )
    return Ground(
        origin=start,
        as_of=at,
        territory=territory,
        hours=hours,
        work=[item for item, _ in planned],
        fetched=fetched,
        left_out=left_out,
        problem=Problem(
            tasks=tasks,
            crews=crews,
            seconds=[[leg.seconds for leg in row] for row in travel.legs],
            metres=[[leg.metres for leg in row] for row in travel.legs],
        ),
        travel_source=travel.source,
    )


def _seconds(origin: datetime, moment: datetime) -> int:
    return round((moment - origin).total_seconds())


def _chosen(ticket: Ticket) -> tuple[datetime, datetime] | None:
    chosen = getattr(ticket, "chosen_window", None)
    return (chosen.window_start, chosen.window_end) if chosen else None


class _Places:
    """Each place once, by number."""

    def __init__(self) -> None:
        self.known: list[Place] = []
        self._numbers: dict[Place, int] = {}

    def number(self, place: Place) -> int:
        if place not in self._numbers:
            self._numbers[place] = len(self.known)
            self.known.append(place)
        return self._numbers[place]


def _hours(windows: Sequence[WorkingWindow], territory: Territory, *, at: datetime) -> list[Hours]:
    """What is left of the windows, after what is happening at present, and where each of them begins."""
    technicians = {window.technician_id for window in windows}
    happening: dict[UUID, Visit] = {
        visit.technician_id: visit
        for visit in Visit.objects.filter(status__in=HAPPENING, technician__in=technicians, departed_at=None)
        .select_related("ticket__service_type", "ticket__site")
        .order_by("travelling_at", "arrived_at", "pk")
    }
    last_done: dict[UUID, Visit] = {
        visit.technician_id: visit
        for visit in Visit.objects.filter(
            status__in=(Status.COMPLETED, Status.INCOMPLETE),
            technician__in=technicians,
            completed_at__gte=min((window.starts_at for window in windows), default=at),
            completed_at__lte=at,
        )
        .select_related("ticket__site")
        .order_by("completed_at", "pk")
    }
    hours = []
    for window in windows:
        begins_at, here = max(window.starts_at, at), window.starts_from
        under_way: list[Happening] = []
        if window.starts_at <= at < window.ends_at:
            done, now_at = last_done.get(window.technician_id), happening.get(window.technician_id)
            if done is not None and done.completed_at and done.completed_at >= window.starts_at:
                here = place_of(done.ticket.site) or here
            if now_at is not None:
                under_way = [_under_way(now_at, here, territory, at=at)]
                # Until its window is over, nothing else can be promised in their name.
                begins_at = max(under_way[0].leaves_at, now_at.window_end)
                here = place_of(now_at.ticket.site) or here
        if begins_at < window.ends_at or under_way:
            hours.append(Hours(window, begins_at, here, under_way))
    return hours


def _under_way(visit: Visit, here: Place | None, territory: Territory, *, at: datetime) -> Happening:
    length = timedelta(minutes=visit.ticket.service_type.visit_minutes)
    arrived, there = visit.arrived_at, place_of(visit.ticket.site)
    if arrived is None:
        set_out, way = visit.travelling_at or at, timedelta()
        if here is not None and there is not None:
            travel = travel_times([here], [there], territory=territory, start=set_out)
            way = timedelta(seconds=travel.legs[0][0].seconds)
        arrived = max(at, set_out + way)
    return Happening(visit, arrived, max(at, arrived + length))


@dataclass(frozen=True, slots=True)
class _Rules:
    """Who may be sent where."""

    hours: Sequence[Hours]
    territory: Territory
    skills_of: Mapping[UUID, Collection[str]]
    skills_for: Mapping[UUID, Collection[str]]
    parts_for: Mapping[UUID, Collection[LikelyPart]]
    stock: Mapping[UUID, Mapping[UUID, Decimal]]
    declined: Collection[tuple[UUID, UUID]] = field(default_factory=set)
    unwanted: Collection[tuple[UUID, UUID]] = field(default_factory=set)

    @classmethod
    def read(
        cls,
        work: Sequence[Work],
        hours: Sequence[Hours],
        territory: Territory,
        *,
        at: datetime,
        parts_required: bool,
    ) -> "_Rules":
        technicians = {hour.window.technician_id for hour in hours}
        types = {item.ticket.service_type_id for item in work}
        parts: dict[UUID, Collection[LikelyPart]] = {}
        stock: dict[UUID, dict[UUID, Decimal]] = {}
        if parts_required:
            vans = Location.objects.filter(keeper__in=technicians, kind=Location.Kind.VAN, is_active=True)
            keepers = dict(vans.values_list("pk", "keeper"))
            parts = {kind: _measured(likely) for kind, likely in likely_parts(types).items()}
            for van, kinds in likely_parts_in_vans(types, keepers).items():
                aboard = [part for likely in kinds.values() for part in _measured(likely)]
                if van is not None:
                    stock[keepers[van]] = {part.part_id: part.in_van or Decimal() for part in aboard}
        declined = declined_lately([item.ticket.pk for item in work], technicians, at=at)
        not_wanted = unwanted([item.ticket for item in work], technicians)
        return cls(hours, territory, skills_of(technicians), skills_wanted(types), parts, stock, declined, not_wanted)

    def needs(self, item: Work) -> Mapping[UUID, Decimal]:
        """How much of which parts."""
        likely = self.parts_for.get(item.ticket.service_type_id, ())
        return {part.part_id: part.quantity for part in likely if part.quantity is not None}

    def crews_for(self, item: Work) -> tuple[frozenset[int], LeftOut | None]:
        """By number, or why there is nobody; of parts that nobody has, also who could do it with them."""
        visit = item.visit
        own = _hours_of(visit, self.hours)

        def refused(reason: str, missing: Iterable[str] = ()) -> tuple[frozenset[int], LeftOut]:
            return frozenset(), LeftOut(item.ticket.pk, visit.pk if visit else None, reason, sorted(missing))

        if item.place is None:
            return refused("no_place")
        if item.stays(self.territory):
            return own, None
        wanted = set(self.skills_for.get(item.ticket.service_type_id, ()))
        able = {
            number
            for number, hour in enumerate(self.hours)
            if wanted <= set(self.skills_of.get(hour.window.technician_id, ()))
            and (item.ticket.pk, hour.window.technician_id) not in self.declined
        }
        if visit is not None and visit.override_reason:
            able.update(own)
        if not able:
            return refused("no_skill", wanted)
        # Why it is nobody of those is not said: see `unwanted`.
        able = {n for n in able if (item.ticket.pk, self.hours[n].window.technician_id) not in self.unwanted}
        if not able:
            return refused("no_time")
        needs = self.needs(item)
        equipped = {
            number
            for number in able
            if all(
                self.stock.get(self.hours[number].window.technician_id, {}).get(part, Decimal()) >= quantity
                for part, quantity in needs.items()
            )
        }
        if not equipped:
            parts = self.parts_for.get(item.ticket.service_type_id, ())
            driving = frozenset(n for n in able if self.hours[n].window.technician_id in self.stock)
            return driving, refused("no_part", (part.number for part in parts))[1]
        return frozenset(equipped), None


def _measured(parts: Iterable[LikelyPart]) -> list[LikelyPart]:
    """Those of which somebody said how much is needed."""
    return [part for part in parts if part.quantity is not None]


def _hours_of(visit: Visit | None, hours: Sequence[Hours]) -> frozenset[int]:
    """Those of the visit's technician, by number."""
    technician_id = visit.technician_id if visit else None
    return frozenset(number for number, hour in enumerate(hours) if hour.window.technician_id == technician_id)


def _crew(hour: Hours, places: _Places, origin: datetime, stock: Mapping[UUID, Decimal]) -> Crew:
    window = hour.window
    pauses = [(_seconds(origin, start), _seconds(origin, end)) for start, end in window.pauses if end > hour.begins_at]
    begins, ends = _seconds(origin, hour.begins_at), _seconds(origin, window.ends_at)
    end = window.returns_to
    return Crew(
        key=window.technician_id,
        hours=(begins, max(begins, ends)),
        start=None if hour.here is None else places.number(hour.here),
        end=None if end is None else places.number(end),
        pause=pauses[0] if pauses else None,
        stock={part: round(quantity * THOUSANDTHS) for part, quantity in stock.items()},
    )


def _task(
    item: Work,
    crews: frozenset[int],
    places: _Places,
    origin: datetime,
    last: int,
    hours: Sequence[Hours],
    rules: _Rules,
    fetched: Fetched | None,
) -> Task:
    assert item.place is not None
    visit = item.visit
    span = item.window
    begin, end = (max(0, _seconds(origin, span[0])), _seconds(origin, span[1])) if span else (0, last)
    if visit is not None and item.stays(rules.territory):
        # Nothing else fits into its window, as it is not ours to move.
        window, service_s = (begin, begin), end - begin
    else:
        window, service_s = (begin, end), round(item.length.total_seconds())
    return Task(
        key=item.ticket.pk,
        place=places.number(item.place),
        service_s=service_s,
        window=window,
        promised=span is not None,
        crews=crews,
        keepers=_hours_of(visit, hours) & crews,
        keeping=KEEPING_S[visit.status] if visit else 0,
        worth=_worth(item),
        needs={} if fetched else {part: round(quantity * THOUSANDTHS) for part, quantity in rules.needs(item).items()},
        fetch=Fetch(places.number(fetched.counter.place), 60 * fetched.counter.minutes) if fetched else None,
    )


def _worth(item: Work) -> int:
    return PROMISE if item.window else WORTH[item.ticket.priority]
