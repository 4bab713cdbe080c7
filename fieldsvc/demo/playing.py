"""Plays the stories of `day.py`: each step through the command that people use, at the moment when it happened."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from uuid import UUID

from accounts.models import User
from fieldsvc.demo.day import DemoTicket, Story
from fieldsvc.demo.identity import demo_id
from fieldsvc.demo.people import BEILIN
from fieldsvc.demo.places import PLACES, DemoPlace
from fieldsvc.time import time_is
from notifications.escalations.services import escalate_due
from parts.catalogue.models import Part
from parts.locations.selectors import van_of
from parts.stock.models import SerialPosition
from sync.commands import Actor
from tickets.clock.services import sweep
from tickets.complaints import services as complaints
from tickets.complaints.models import Ticket
from tickets.duplicates import services as duplicates
from tickets.service_types.models import ServiceType
from tickets.sites.models import ServiceAccount, Site
from tickets.visits import services as visits
from tickets.visits.models import Visit

Step = Callable[[datetime], object]
"""Something that happens at a moment."""

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
PLACE = {place.code: place for place in PLACES}


def play(tickets: tuple[DemoTicket, ...], *, until: datetime) -> int:
    """Let everything happen that has happened `until` now, in order, the clocks and the worker's rounds with it.

    Answers how many steps were taken. The server's time is moved for the whole process while it plays.
    """
    stories = [_Telling(number, ticket, until) for number, ticket in enumerate(tickets, start=1)]
    steps = [step for story in stories for step in story.steps() if step[0] <= until]
    first = min(moment for moment, _ in steps)
    rounds = int((until - first) / HOUR)
    steps += [(first + (number + 1) * HOUR, _worker) for number in range(rounds)]
    for moment, step in sorted(steps, key=lambda entry: entry[0]):
        with time_is(moment):
            step(moment)
    return len(steps)


def _worker(at: datetime) -> None:
    """What the worker does by itself."""
    sweep(at=at)
    escalate_due(at=at)


def play_steps(steps: Sequence[tuple[timedelta, Step]], *, until: datetime) -> int:
    """Let each step happen so long before `until`; answers how many they were."""
    for ago, step in steps:
        with time_is(until - ago):
            step(until - ago)
    return len(steps)


def opened(number: int) -> UUID:
    """The id of the ticket in this row of the table."""
    return demo_id("ticket", str(number))


@dataclass(frozen=True, slots=True)
class _Telling:
    """One row of the table on its way through time."""

    number: int
    ticket: DemoTicket
    now: datetime

    # What happens when

    def steps(self) -> Iterator[tuple[datetime, Step]]:
        """The whole story, what is still to come included."""
        reported = self._at(self.ticket.reported)
        yield reported, self.open
        if self.ticket.note:
            yield reported + 3 * MINUTE, self.note
        match self.ticket.story:
            case Story.NEW:
                return
            case Story.CANCELLED:
                yield reported + 30 * MINUTE, self.cancel
                return
            case Story.MERGED:
                yield reported + 2 * MINUTE, self.merge
                return
        yield reported + 8 * MINUTE, self.triage
        match self.ticket.story:
            case Story.REMOTE:
                yield reported + 15 * MINUTE, self.resolve
                yield reported + 40 * MINUTE, self.thank
            case Story.WAITING:
                yield reported + 20 * MINUTE, partial(self.hold, reason=Ticket.HoldReason.WAITING_FOR_RESIDENT)
            case Story.PLANNED:
                yield reported + 18 * MINUTE, self.schedule
            case Story.SILENT:
                yield reported + 18 * MINUTE, self.dispatch
            case Story.DECLINED:
                yield reported + 18 * MINUTE, self.dispatch
                yield reported + 25 * MINUTE, self.decline
            case Story.REPAIRED | Story.INCOMPLETE:
                yield reported + 18 * MINUTE, self.dispatch
                yield reported + 24 * MINUTE, self.accept
                yield from self._on_site()

    def _on_site(self) -> Iterator[tuple[datetime, Step]]:
        window = self._at(self.ticket.window)
        arrival = window + 4 * MINUTE
        done = arrival + self.ticket.works * MINUTE
        yield window - 25 * MINUTE, self.travel
        yield arrival, self.arrive
        yield arrival + 15 * MINUTE, self.diagnose
        if self.ticket.story is Story.INCOMPLETE:
            yield done, self.leave_incomplete
            yield done + 10 * MINUTE, partial(self.hold, reason=Ticket.HoldReason.WAITING_FOR_PART)
            return
        yield arrival + 20 * MINUTE, self.use_parts
        yield done - 2 * MINUTE, self.answer_checklist
        yield done, self.complete
        yield done + 3 * MINUTE, self.leave
        if self.ticket.rating:
            yield done + 40 * MINUTE, self.thank

    def _at(self, hours: float) -> datetime:
        return self.now + hours * HOUR

    # Who and where

    @property
    def place(self) -> DemoPlace:
        return PLACE[self.ticket.place]

    @property
    def in_china(self) -> bool:
        return self.place.territory == BEILIN

    def _desk(self, role: str) -> Actor:
        """The agent or dispatcher of the place."""
        return _person(role if self.in_china else f"{role}.nyc")

    @property
    def technician(self) -> Actor:
        return _person(self.ticket.technician)

    @property
    def resident(self) -> Actor:
        return Actor(user=User.objects.get(phone=self.place.holder))

    @property
    def visit_id(self) -> UUID:
        return demo_id("visit", str(self.number))

    @property
    def visit(self) -> Visit:
        return Visit.objects.select_related("ticket__service_type").get(pk=self.visit_id)

    # The desk and the resident

    def open(self, at: datetime) -> None:
        place = self.place
        site = Site.objects.get(pk=demo_id("site", place.code))
        account = ServiceAccount.objects.filter(number=place.account).first() if place.account else None
        complaints.open_ticket(
            actor=self.resident if self.ticket.by_resident else self._desk("agent"),
            occurred_at=at,
            id=opened(self.number),
            service_type=self.ticket.kind,
            details={"fault": self.ticket.fault, **self.ticket.details},
            contact_name=account.holder_name if account else FRONT_DESK[self.in_china][0],
            contact_phone=account.phone if account else FRONT_DESK[self.in_china][1],
            site_id=site.pk,
            complex=site.complex,
            address=site.address,
            account_number=place.account,
            title=_title(self.ticket.kind, self.ticket.fault),
        )

    def note(self, at: datetime) -> None:
        complaints.add_note(
            actor=self._desk("agent"),
            occurred_at=at,
            ticket_id=opened(self.number),
            text=self.ticket.note,
            internal=True,
        )

    def triage(self, at: datetime) -> None:
        complaints.triage_ticket(actor=self._desk("dispatcher"), occurred_at=at, ticket_id=opened(self.number))

    def resolve(self, at: datetime) -> None:
        complaints.resolve_ticket(
            actor=self._desk("agent"),
            occurred_at=at,
            ticket_id=opened(self.number),
            resolution_code=self.ticket.resolution,
        )

    def hold(self, at: datetime, *, reason: str) -> None:
        complaints.hold_ticket(
            actor=self._desk("dispatcher"), occurred_at=at, ticket_id=opened(self.number), reason=reason
        )

    def merge(self, at: datetime) -> None:
        duplicates.merge_ticket(
            actor=self._desk("agent"), occurred_at=at, ticket_id=opened(self.number), main_id=opened(self.number - 1)
        )

    def cancel(self, at: datetime) -> None:
        complaints.cancel_ticket(
            actor=self.resident, occurred_at=at, ticket_id=opened(self.number), reason="已自行恢复。It works again."
        )

    def thank(self, at: datetime) -> None:
        """The resident confirms and rates."""
        complaints.confirm_ticket(actor=self.resident, occurred_at=at, ticket_id=opened(self.number))
        complaints.rate_ticket(
            actor=self.resident, occurred_at=at, ticket_id=opened(self.number), score=self.ticket.rating
        )

    def schedule(self, at: datetime) -> None:
        self._send(visits.schedule_visit, at)

    def dispatch(self, at: datetime) -> None:
        self._send(visits.dispatch_visit, at)

    def _send(self, command: Callable[..., Visit], at: datetime) -> None:
        window = self._at(self.ticket.window)
        command(
            actor=self._desk("dispatcher"),
            occurred_at=at,
            id=self.visit_id,
            ticket_id=opened(self.number),
            technician_id=self.technician.user.pk,
            window_start=window,
            window_end=window + HOUR,
        )

    # The technician

    def accept(self, at: datetime) -> None:
        visits.accept_visit(actor=self.technician, occurred_at=at, visit_id=self.visit_id)

    def decline(self, at: datetime) -> None:
        visits.decline_visit(
            actor=self.technician, occurred_at=at, visit_id=self.visit_id, reason="Van in the workshop until tomorrow."
        )

    def travel(self, at: datetime) -> None:
        visits.start_travel(actor=self.technician, occurred_at=at, visit_id=self.visit_id)

    def arrive(self, at: datetime) -> None:
        visits.check_in(
            actor=self.technician,
            occurred_at=at,
            visit_id=self.visit_id,
            latitude=self.place.latitude + 0.0002,
            longitude=self.place.longitude,
            accuracy_m=15,
        )

    def diagnose(self, at: datetime) -> None:
        visits.edit_visit(
            actor=self.technician, occurred_at=at, visit_id=self.visit_id, diagnosis=self.ticket.diagnosis
        )

    def use_parts(self, at: datetime) -> None:
        van = van_of(self.technician.user)
        for number, quantity in self.ticket.parts:
            part = Part.objects.get(number=number)
            unit = SerialPosition.objects.filter(part=part, location=van).order_by("serial").first()
            visits.use_part(
                actor=self.technician,
                occurred_at=at,
                visit_id=self.visit_id,
                part_id=part.pk,
                quantity=Decimal(quantity),
                serial=unit.serial if part.follows_serials and unit else "",
            )

    def answer_checklist(self, at: datetime) -> None:
        checks = self.visit.ticket.service_type.checklist
        visits.edit_visit(
            actor=self.technician,
            occurred_at=at,
            visit_id=self.visit_id,
            checklist_answers={check["code"]: True for check in checks},
        )

    def complete(self, at: datetime) -> None:
        visits.complete_visit(
            actor=self.technician,
            occurred_at=at,
            visit_id=self.visit_id,
            resolution_code=self.ticket.resolution,
            parts_answer=Visit.PartsAnswer.USED if self.ticket.parts else Visit.PartsAnswer.NONE,
            signed_by=self.visit.ticket.contact_name,
        )

    def leave(self, at: datetime) -> None:
        visits.check_out(
            actor=self.technician,
            occurred_at=at,
            visit_id=self.visit_id,
            latitude=self.place.latitude,
            longitude=self.place.longitude,
            accuracy_m=20,
        )

    def leave_incomplete(self, at: datetime) -> None:
        visits.leave_incomplete(
            actor=self.technician,
            occurred_at=at,
            visit_id=self.visit_id,
            reason="缺少配件，需订货。A part has to be ordered.",
            next_visit_wanted=True,
        )
        self.leave(at)


FRONT_DESK = {True: ("前台 Front desk", "+8619900000300"), False: ("Front desk", "+12125550300")}
"""Whom one can call at a place without a contract, in China and elsewhere."""


def _title(kind: str, fault: str) -> str:
    """The fault in both languages, as the intake form words it."""
    choices = ServiceType.objects.get(code=kind).form["properties"]["fault"]["oneOf"]
    return next(f"{choice['title']} {choice['title_zh']}" for choice in choices if choice["const"] == fault)


def _person(username: str) -> Actor:
    return Actor(user=User.objects.get(username=username))
