"""All of it together: the people and their work, the faults, the rest after it, and what must be true then."""

import time
import traceback
from collections import Counter
from decimal import Decimal
from functools import partial
from itertools import pairwise
from pathlib import Path
from random import Random
from threading import Event, Thread

from django.db import connection, connections

from accounts.models import Role, RoleGrant, User
from accounts.signin.services import issue_token
from fieldsvc.time import now
from parts.models import Location
from parts.stock.proof import differences
from parts.stock.services import receive_parts
from sync.commands import Actor
from sync.feed.services import catch_up
from sync.models import Receipt
from sync.sql import execute
from tests.day.stage import Promises, eventually
from tests.people import People
from tests.soak.office import Office, plan_of_kills
from tests.soak.weather import Line, Weather, fair
from tests.soak.work import Desk, FieldPhone, Technician
from tests.sync.history import History, look_until_nothing_is_left
from tests.world import World
from tickets.models import Asset

PARTS = ("VALVE", "HOSE")
STEPS_A_SECOND = 40
"""Of all of them together, if every answer came at once."""
PROGRESS_SECONDS = 5
REST_SECONDS = 120
"""How long everybody may take to come to rest."""


class Soak(History):
    """A history of many phones and desks at once, in an office that dies again and again."""

    phones: list[FieldPhone]  # type: ignore[assignment]
    residents_phone: FieldPhone

    def __init__(self, data_dir: Path, *, seed: int, phones: int, desks: int) -> None:
        self.sent = {}
        self.stage(technicians=phones - phones // 4, desks=desks)
        self.office = Office(data_dir, webs=1 if phones < 10 else 2)
        self.weather = Weather(self.office.ports)
        keepers = [self.technicians[number % len(self.technicians)] for number in range(phones)]
        self.phones = [
            FieldPhone(user, self.weather.url, Random(f"{seed} weather {number}"))
            for number, user in enumerate(keepers)
        ]
        self.residents_phone = FieldPhone(self.world.people.resident, self.weather.url, Random(f"{seed} resident"))
        vans = [str(self.world.van(technician).pk) for technician in self.technicians]
        self.desks = [
            Desk(self, number, seed, Line(self.weather.url, issue_token(user), fair), str(self.depot.pk), vans)
            for number, user in enumerate(self.dispatchers)
        ]
        self.workers = [Technician(self, number, seed) for number in range(phones)]
        self.kills = Random(f"{seed} kills")
        self.broken: list[str] = []
        self.ended = Event()

    def stage(self, *, technicians: int, desks: int) -> None:
        """Everybody who works, with a van and a first visit each; a depot; what is only there to be fought over."""
        self.world = World(People())
        people = self.world.people
        self.technicians = [self._somebody(f"technician-{number}", Role.TECHNICIAN) for number in range(technicians)]
        self.dispatchers = [
            self._somebody(f"desk-{number}", Role.DISPATCHER, Role.STOREKEEPER) for number in range(desks)
        ]
        self.parts = [self.world.part(number) for number in PARTS]
        self.depot = Location.objects.create(code="DEPOT", name="Depot", kind="depot", territory=people.north)
        for place, quantity in [(self.depot, 500), *((self.world.van(person), 5) for person in self.technicians)]:
            lines = [{"part_id": part.pk, "quantity": Decimal(quantity)} for part in self.parts]
            keeper = Actor(user=people.storekeeper)
            receive_parts(actor=keeper, occurred_at=now(), location_id=place.pk, lines=lines)
        self.meter = Asset.objects.create(site=self.world.site, kind="meter", serial="S-0")
        for technician in self.technicians:
            self.world.dispatched_visit(technician)

    def _somebody(self, username: str, *roles: Role) -> User:
        user = User.objects.create_user(username, name=username)
        for role in roles:
            RoleGrant.objects.create(user=user, role=role, territory=self.world.people.north)
        return user

    # The work

    def play_for(self, seconds: float) -> None:
        """Let everybody work and everything be killed for so long."""
        let_go_of_the_database()
        self.office.wait_until_ready()
        everybody: list[Technician | Desk] = [*self.workers, *self.desks]
        threads = [Thread(target=self._work, args=[somebody]) for somebody in everybody]
        begun = time.monotonic()
        plan = plan_of_kills(self.kills, list(self.office.victims()), seconds)
        for thread in threads:
            thread.start()
        told = begun
        while (elapsed := time.monotonic() - begun) < seconds and not self.broken:
            while plan and plan[0][0] <= elapsed:
                self.office.kill(plan.pop(0)[1])
            if time.monotonic() - told >= PROGRESS_SECONDS:
                told = time.monotonic()
                print(f"  {elapsed:4.0f} s  {self.progress()}", flush=True)
            time.sleep(0.1)
        self.ended.set()
        for thread in threads:
            thread.join()

    def _work(self, somebody: Technician | Desk) -> None:
        try:
            pause = 2 * (len(self.workers) + len(self.desks)) / STEPS_A_SECOND
            while not self.ended.wait(somebody.chance.uniform(0, pause)):
                somebody.step()
        except Exception:
            self.broken.append(traceback.format_exc())

    def progress(self) -> str:
        """In one line, how far it is."""
        answers = Counter(answer["status"] for phone in self.phones for answer in list(phone.answers.values()))
        done = sum(phone.seq for phone in self.phones)
        killed = ", ".join(f"{name} ×{times}" for name, times in sorted(self.office.killed.items()))
        worst = max(phone.line.slowest for phone in self.phones)
        return (
            f"{done} operations, {answers.total()} acknowledged ({answers['conflict']} conflicts, "
            f"{answers['refused']} refused, {answers['blocked']} blocked); killed: {killed or 'nothing'}; "
            f"worst answer {worst:.1f} s"
        )

    # The rest

    def comes_to_rest(self) -> None:
        """Fair weather, and nobody is killed any more: outboxes are emptied, the worker catches up, everybody pulls."""
        for phone in (*self.phones, self.residents_phone):
            phone.line.weather = fair
        self.office.wait_until_ready()
        for phone in self.phones:
            self._remember(phone)
            eventually(partial(_sends_everything, phone), "an outbox to be emptied")
        eventually(self._is_all_fed, "the worker to catch up", REST_SECONDS)
        self.office.worker.stop()
        catch_up()
        look_until_nothing_is_left()
        for phone in (*self.phones, self.residents_phone):
            phone.pull()

    def _is_all_fed(self) -> bool:
        return not execute("SELECT 1 FROM sync_feedmark LIMIT 1")

    # What must be true in the end

    def judge(self, promises: Promises) -> None:
        """The laws, over everything that happened."""
        for law, check in {
            "nobody met an answer that docs/sync.md does not know": self.nobody_was_startled,
            "law 1: what was acknowledged is there": self.what_was_acknowledged_is_there,
            "laws 1, 2, 8: every operation has one receipt, and its effect once": (
                self.nothing_acknowledged_is_lost_and_everything_counts_once
            ),
            "laws 3, 4, 5, 11: the feed tells what the rows tell": self.the_feed_tells_the_truth,
            "law 3: replicas equal fresh downloads": self.replicas_equal_fresh_ones,
            "law 3: replicas equal the digest": self.replicas_equal_the_digest,
            "law 4: nobody holds what is not theirs": self.nobody_holds_what_is_not_theirs,
            "law 6: no value was dropped in silence": self.no_value_was_dropped_in_silence,
            "law 7: stock is the sum of its movements": self.stock_is_the_sum_of_its_movements,
            "law 8: operations of a phone were applied in its order": self.operations_kept_their_order,
            "laws 2, 9: everything once more changes nothing, and is answered the same": (
                self.repeating_everything_changes_nothing
            ),
        }.items():
            try:
                check()
            except AssertionError:
                promises.check(law, False, "".join(traceback.format_exc()))
            else:
                promises.check(law, True)

    def nobody_was_startled(self) -> None:
        assert not self.broken, "\n".join(self.broken)

    def what_was_acknowledged_is_there(self) -> None:
        """Of phones the very answer, of desks the row."""
        receipts = self.answers()
        for phone in self.phones:
            for operation_id, answer in phone.answers.items():
                assert receipts[operation_id] == answer["status"], (operation_id, receipts[operation_id], answer)
        for desk in self.desks:
            for model, pk in desk.acknowledged:
                assert model._default_manager.filter(pk=pk).exists(), (model, pk)

    def replicas_equal_the_digest(self) -> None:
        for phone in (*self.phones, self.residents_phone):
            wrong = phone.repair()
            assert not wrong, (phone.user.username, wrong)

    def stock_is_the_sum_of_its_movements(self) -> None:
        found = differences()
        assert not found, found

    def operations_kept_their_order(self) -> None:
        """As receipts were written. What we failed at and what came again later is out of order by promise."""
        for phone in self.phones:
            receipts = Receipt.objects.filter(device=phone.device).order_by("pk").values_list("seq", flat=True)
            turned = [(before, after) for before, after in pairwise(receipts) if before > after]
            assert not turned, (phone.user.username, turned)

    def close(self) -> None:
        """Nothing is left running."""
        self.office.close()
        let_go_of_the_database()


def _sends_everything(phone: FieldPhone) -> bool:
    phone.push()
    return not phone.outbox


def let_go_of_the_database() -> None:
    """Its server is about to be killed, or was."""
    connections.close_all()
    connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's have one
