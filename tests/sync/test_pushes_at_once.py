"""Phones that push at the same moment: nobody waits for somebody who waits for them."""

import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from django.db import connections, transaction
from structlog.testing import capture_logs

from accounts.models import Role, RoleGrant, User
from fieldsvc.time import now
from parts.models import Location, Part, Transfer
from parts.stock.proof import differences
from parts.stock.services import receive_parts
from parts.transfers.services import create_transfer, dispatch_transfer
from sync.commands import Actor, command
from sync.devices.services import cut_off_device
from sync.feed.services import catch_up
from sync.ids import uuid7
from sync.models import Receipt
from sync.sql import execute
from tests.people import People
from tests.phone import Phone, fresh_phone
from tests.sync import truth
from tests.sync.history import look_until_nothing_is_left
from tests.sync.test_commit_order import in_thread, wait_until_somebody_waits_for_a_lock
from tests.world import World
from tickets.models import Asset, Note, Ticket, Visit
from tickets.visits.services import reassign_visit

pytestmark = pytest.mark.django_db(transaction=True)
CREW = 4
LENGTH = 12
"""So many operations does each phone bring along."""


class Crew:
    """Technicians who have all been sent to the same tickets, one after the other, with a van and a phone each."""

    def __init__(self, people: People, world: World) -> None:
        self.world = world
        self.users = [people.technician, people.colleague]
        for number in range(CREW - len(self.users)):
            user = User.objects.create_user(f"technician-{number}", name=f"Technician {number}")
            RoleGrant.objects.create(user=user, role=Role.TECHNICIAN, territory=people.north)
            self.users.append(user)
        self.parts = [Part.objects.create(number=f"P{number}", name="Part") for number in range(3)]
        self.assets = [Asset.objects.create(site=world.site, kind="meter", serial=f"A-{n}") for n in range(3)]
        self.vans = [world.van(user) for user in self.users]
        self.visits = [self.sent_everybody() for _ in range(3)]
        self.phones = [fresh_phone(user) for user in self.users]

    def sent_everybody(self) -> dict[User, Visit]:
        """A ticket that has gone through everybody's hands: their visits."""
        visit = self.world.dispatched_visit(self.users[0])
        visits = {self.users[0]: visit}
        for user in self.users[1:]:
            start, end = self.world.window()
            visits[user] = visit = reassign_visit(
                actor=Actor(user=self.world.people.dispatcher),
                occurred_at=now(),
                visit_id=visit.pk,
                technician_id=user.pk,
                reason="nearer",
                window_start=start,
                window_end=end,
            )
        return visits

    def all_push(self) -> None:
        """At the same moment, each on a connection of its own."""
        start = threading.Barrier(len(self.phones))

        def push(phone: Phone) -> None:
            try:
                start.wait(20)
                phone.push()
            finally:
                connections.close_all()

        with ThreadPoolExecutor(len(self.phones)) as pool:
            list(pool.map(push, self.phones))
        assert not any(phone.outbox for phone in self.phones)

    # What a phone may bring along

    def fits_a_part(self, phone: Phone, chance: random.Random) -> None:
        phone.does("part.use", visit_id=self._visit(phone, chance), part_id=chance.choice(self.parts), quantity="1")

    def swaps_a_unit(self, phone: Phone, chance: random.Random) -> None:
        """Perhaps the one that somebody else claims too."""
        told: dict[str, Any] = {"part_id": chance.choice(self.parts), "installed_serial": f"S-{chance.randrange(4)}"}
        phone.does("part.swap", visit_id=self._visit(phone, chance), asset_id=chance.choice(self.assets), **told)

    def tells_of_a_ticket(self, phone: Phone, chance: random.Random) -> None:
        visit = self._visit(phone, chance)
        if chance.random() < 0.5:
            phone.does("note.add", ticket_id=visit.ticket_id, text="Seen")
        else:
            phone.does("ticket.edit", ticket_id=visit.ticket_id, access_notes="Ring twice")

    def tells_of_a_visit(self, phone: Phone, chance: random.Random) -> None:
        phone.does(chance.choice(["visit.check_in", "visit.travel"]), visit_id=self._visit(phone, chance))

    def takes_a_delivery(self, phone: Phone, chance: random.Random) -> None:
        transfer = self._under_way(self.vans[self.phones.index(phone)], chance.choice(self.parts))
        lines = [{"line_id": transfer.lines.get(), "quantity": "1"}]
        phone.does("transfer.receive", id=uuid7(), transfer_id=transfer, lines=lines)

    def asks_for_what_is_refused(self, phone: Phone, chance: random.Random) -> None:
        """Which makes the push forget what it has read ahead."""
        phone.does("part.use", visit_id=self._visit(phone, chance), part_id=uuid7(), quantity="1")

    def _visit(self, phone: Phone, chance: random.Random) -> Visit:
        return chance.choice(self.visits)[phone.user]

    def _under_way(self, van: Location, part: Part) -> Transfer:
        keeper = Actor(user=self.world.people.storekeeper)
        lines = [{"part_id": part.pk, "quantity": Decimal(1)}]
        receive_parts(actor=keeper, occurred_at=now(), location_id=self.depot.pk, lines=lines)
        ways: dict[str, Any] = {"from_location_id": self.depot.pk, "to_location_id": van.pk, "lines": lines}
        transfer = create_transfer(actor=keeper, occurred_at=now(), **ways)
        return dispatch_transfer(actor=keeper, occurred_at=now(), transfer_id=transfer.pk)

    @property
    def depot(self) -> Location:
        code = {"code": "D", "name": "Depot", "kind": "depot", "territory": self.world.people.north}
        return Location.objects.get_or_create(code="D", defaults=code)[0]


@pytest.fixture
def crew(people: People, world: World) -> Crew:
    return Crew(people, world)


TOLD = {
    "of parts": [Crew.fits_a_part, Crew.takes_a_delivery],
    "of swaps": [Crew.swaps_a_unit, Crew.fits_a_part],
    "of refused work": [Crew.fits_a_part, Crew.tells_of_a_ticket, Crew.asks_for_what_is_refused],
    "of everything": [
        Crew.fits_a_part,
        Crew.swaps_a_unit,
        Crew.tells_of_a_ticket,
        Crew.tells_of_a_visit,
        Crew.takes_a_delivery,
    ],
}


@pytest.mark.parametrize("told", TOLD.values(), ids=TOLD)
def test_phones_that_push_at_once_do_not_stop_each_other(
    crew: Crew, told: list[Callable[[Crew, Phone, random.Random], None]]
):
    chance = random.Random(1)
    with capture_logs() as said:
        for phone in crew.phones:
            for _ in range(LENGTH):
                chance.choice(told)(crew, phone, chance)
        crew.all_push()
    assert [line for line in said if line["event"] == "deadlock_victim"] == []
    answers = [answer for phone in crew.phones for answer in phone.answers.values()]
    assert len(answers) == Receipt.objects.count() == CREW * LENGTH
    unknown = {answer.get("code") for answer in answers if answer["status"] == "refused"}
    assert unknown <= ({"part_not_known"} if Crew.asks_for_what_is_refused in told else set())
    assert differences() == []
    catch_up()
    look_until_nothing_is_left()
    assert truth.differences() == []


def test_a_victim_of_a_deadlock_begins_again_and_no_push_is_at_work_beside_it(people: People, world: World):
    """For what no order of locks foresees."""
    north, south = people.north, people.south
    both_hold_one, tries = threading.Barrier(2), list[bool]()

    @command
    def take(first: Any, second: Any) -> None:
        own = "locktype = 'advisory' AND mode = 'ExclusiveLock' AND pid = pg_backend_pid()"
        tries.append(bool(execute(f"SELECT 1 FROM pg_locks WHERE {own}")))
        type(first).objects.select_for_update().get(pk=first.pk)
        if len(tries) <= 2:
            both_hold_one.wait(20)
        type(second).objects.select_for_update().get(pk=second.pk)

    def run(pair: tuple[Any, Any]) -> None:
        try:
            take(*pair)
        finally:
            connections.close_all()

    with capture_logs() as said, ThreadPoolExecutor(2) as pool:
        list(pool.map(run, [(north, south), (south, north)]))
    again = [line["event"] for line in said].count("deadlock_victim")
    assert again >= 1  # more if it was quicker than the other to wake up
    assert tries == [False, False] + [True] * again


def test_a_phone_that_is_cut_off_while_its_push_waits_is_answered_and_then_heard_no_more(world: World, people: People):
    """What it had sent in time is neither lost nor applied by half."""
    visit = world.dispatched_visit()
    phone = Phone(people.technician)
    phone.does("visit.accept", visit_id=visit)
    phone.does("note.add", ticket_id=visit.ticket_id, text="On my way")

    def cut_off() -> None:
        cut_off_device(actor=Actor(people.dispatcher), occurred_at=now(), device_id=phone.device.pk)

    answers: list[list[str]] = []
    with transaction.atomic():
        Ticket.objects.select_for_update().get(pk=visit.ticket_id)
        pushing = in_thread(lambda: answers.append(phone.push()))
        wait_until_somebody_waits_for_a_lock()
        in_thread(cut_off).join(20)
    pushing.join(20)
    assert answers == [["applied", "applied"]]
    assert Note.objects.get().text == "On my way"
    refused = phone.client.get("/api/v1/sync/changes")
    assert (refused.status_code, refused.json()["code"], refused.json()["wipe"]) == (401, "device_cut_off", True)
