"""All of it together: the people and their work, the faults, the rest after it, and what must be true then."""

import time
import traceback
from collections import Counter
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from itertools import count, cycle
from pathlib import Path
from random import Random
from threading import Event, Thread

from django.db import connection, connections

from accounts.models import Role, RoleGrant, User
from accounts.signin.services import issue_token
from fieldsvc.time import now
from parts.models import Location
from parts.stock.services import receive_parts
from sync.commands import Actor
from sync.feed.services import catch_up
from sync.models import Conflict
from sync.sql import execute
from sync.uploads.models import Upload
from sync.uploads.store import storage
from tests.day.stage import Promises, eventually
from tests.people import People
from tests.phone import SCHEMA
from tests.soak.office import Office, plan_of_kills
from tests.soak.weather import Line, Weather, fair
from tests.soak.work import Content, Desk, FieldPhone, Resident, Technician, at_step
from tests.sync.history import History, look_until_nothing_is_left
from tests.world import World
from tickets.models import Asset, Attachment

PARTS = ("VALVE", "HOSE")
VERSIONS = (SCHEMA, 2, 1, SCHEMA)
"""Of the wire, that the phones speak in turn."""
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
            FieldPhone(user, self.weather.url, Random(f"{seed} weather {number}"), schema)
            for number, (user, schema) in enumerate(zip(keepers, cycle(VERSIONS), strict=False))
        ]
        self.residents_phone = FieldPhone(self.world.people.resident, self.weather.url, Random(f"{seed} resident"))
        vans = [str(self.world.van(technician).pk) for technician in self.technicians]
        self.desks = [
            Desk(self, number, seed, Line(self.weather.url, issue_token(user), fair), str(self.depot.pk), vans)
            for number, user in enumerate(self.dispatchers)
        ]
        self.resident = Resident(self, self.residents_phone, seed)
        self.workers = [Technician(self, phone, number, seed) for number, phone in enumerate(self.phones)]
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

    @property
    def everybody(self) -> list[FieldPhone]:
        return [*self.phones, self.residents_phone]

    # The work

    def play_for(self, seconds: float) -> None:
        """Let everybody work and everything be killed for so long."""
        let_go_of_the_database()
        self.office.wait_until_ready()
        everybody: list[Technician | Resident | Desk] = [*self.workers, self.resident, *self.desks]
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

    def _work(self, somebody: Technician | Resident | Desk) -> None:
        try:
            pause = 2 * (len(self.workers) + len(self.desks)) / STEPS_A_SECOND
            for number in count():
                at_step(somebody, number)
                if self.ended.wait(somebody.chance.uniform(0, pause)):
                    return
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
        for phone in self.everybody:
            phone.line.weather = fair
        self.office.wait_until_ready()
        for phone in self.everybody:
            self._remember(phone)
            eventually(partial(_sends_everything, phone), "an outbox to be emptied")
            eventually(partial(_sends_all_bytes, phone), "all bytes to be sent")
        eventually(self._is_all_fed, "the worker to catch up", REST_SECONDS)
        self.office.worker.stop()
        catch_up()
        look_until_nothing_is_left()
        for phone in self.everybody:
            phone.pull()

    def _is_all_fed(self) -> bool:
        return not execute("SELECT 1 FROM sync_feedmark LIMIT 1")

    # What must be true in the end

    def judge(self, promises: Promises) -> None:
        """The laws, over everything that happened."""
        for law, check in self.laws().items():
            try:
                check()
            except Exception:  # what cannot even be checked is broken, too
                promises.check(law, False, "".join(traceback.format_exc()))
            else:
                promises.check(law, True)

    def laws(self) -> dict[str, Callable[[], None]]:
        return {
            "nobody met an answer that docs/sync.md does not know": self.nobody_was_startled,
            "law 1: what desks were told is there": self.what_desks_were_told_is_there,
            "law 1: every byte that was sent is there": self.contents_are_whole,
            **super().laws(),
        }

    def nobody_was_startled(self) -> None:
        assert not self.broken, "\n".join(self.broken)

    def what_desks_were_told_is_there(self) -> None:
        for desk in self.desks:
            for model, pk in desk.acknowledged:
                assert model._default_manager.filter(pk=pk).exists(), (model, pk)
            for pk, keep in desk.decided.items():
                conflict = Conflict.objects.get(pk=pk)
                assert (conflict.status, conflict.keep) == ("resolved", keep), pk

    def contents_are_whole(self) -> None:
        for phone in self.everybody:
            must_be_whole(phone.contents)

    def close(self) -> None:
        """Nothing is left running."""
        self.office.close()
        let_go_of_the_database()


def _sends_everything(phone: FieldPhone) -> bool:
    phone.push()
    return not phone.outbox


def _sends_all_bytes(phone: FieldPhone) -> bool:
    phone.sends_bytes()
    return all(content.is_there for content in phone.contents.values())


def must_be_whole(contents: Mapping[str, Content]) -> None:
    """Each in the storage, to the byte, and known to its attachment."""
    for pk, content in contents.items():
        file = Upload.objects.select_related("file").get(key=pk).file
        assert file is not None, pk
        with storage().open(file.name) as kept:
            assert kept.read() == content.data, pk
        assert Attachment.objects.filter(pk=pk).exclude(state="stored").first() is None, pk


def let_go_of_the_database() -> None:
    """Its server is about to be killed, or was."""
    connections.close_all()
    connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's have one
