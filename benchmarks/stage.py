"""What the scenarios share: a database with a technician in it, and the servers, each started when first asked for."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from types import TracebackType
from typing import Any

import orjson

from benchmarks import database, servers
from benchmarks.dataset import DOCUMENTS_PER_TICKET, Service, Technician, settle
from benchmarks.sources import Document, Fieldsvc, Floor, Kinto, PouchDB, Source
from tickets.models import Visit


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything."""

    documents: int
    """On the measured phone."""
    operations: int
    """In a push."""
    other_data: int
    """Times as many feed entries of others."""
    phones: int
    """That come back at once."""
    tickets: int
    """In a city."""
    desks: int
    """Of that city, that ask the same, at most."""
    open_tickets: int
    """Whose promises run."""
    sockets: int
    """At one process."""
    dispatches: int
    """While these are open."""
    turns: float
    """A part of the turns that a scenario takes at full size."""
    planning: float
    """Seconds to plan a day in."""


DISPATCHERS, DISPATCHED = 8, 25
"""So many desks fight over tickets, for so many technicians."""
FULL = Size(
    documents=10_000,
    operations=500,
    other_data=1_000,
    phones=50,
    tickets=1_000_000,
    desks=5,
    open_tickets=20_000,
    sockets=5_000,
    dispatches=200,
    turns=1,
    planning=60,
)
QUICK = Size(
    documents=2_000,
    operations=100,
    other_data=50,
    phones=10,
    tickets=50_000,
    desks=5,
    open_tickets=4_000,
    sockets=1_000,
    dispatches=50,
    turns=0.4,
    planning=15,
)
"""To try it, not to quote it."""


@dataclass(frozen=True, slots=True)
class City:
    """A database with very many tickets (`city.py`), and the tokens of people at its desks."""

    address: str
    tokens: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Crowd:
    """A database with very many technicians (`crowd.py`)."""

    address: str
    desks: Sequence[str]
    """The tokens of dispatchers: `Dispatcher 0`, `Dispatcher 1` …"""
    tokens: Sequence[str]
    """Of technicians."""
    technicians: Sequence[str]
    tickets: Sequence[str]
    """To be dispatched."""


class Stage:
    """A context manager: what was started on it ends with it.

    Django of this process is on the empty, migrated database at `address`.
    """

    def __init__(self, address: str, size: Size, *, with_peers: bool = True, keeps_city: bool = True) -> None:
        self.address, self.size, self.with_peers, self.keeps_city = address, size, with_peers, keeps_city
        self._changes = count(1)
        self.exits = ExitStack()

    def __enter__(self) -> "Stage":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.exits.close()

    def turns(self, number: int) -> int:
        """How often everyone takes a turn."""
        return max(1, round(number * self.size.turns))

    @cached_property
    def service(self) -> Service:
        """The desk and all that is not measured."""
        return Service()

    @cached_property
    def technician(self) -> Technician:
        """The person whose phone is measured."""
        say(f"making a technician with {self.size.documents:,} documents")
        technician = self.service.technician("tom", tickets=self.size.documents // DOCUMENTS_PER_TICKET)
        settle()
        return technician

    @cached_property
    def copy(self) -> str:
        """The address of a copy of the database as it is now; nobody may be using it."""
        self.technician  # noqa: B018  # has to be in it
        database.let_go()
        address = database.copy(self.address, database.beside(self.address, f"{database.name_of(self.address)}_copy"))
        self.exits.callback(database.drop, address)
        return address

    @cached_property
    def city(self) -> City:
        """Of another run if there is one of this size, as it takes a while; nobody may be using our own database."""
        address = database.beside(self.address, f"bench_city_{self.size.tickets}")
        if not self.keeps_city:
            self.exits.callback(database.drop, address)
        if not database.exists(address):
            say(f"making a city with {self.size.tickets:,} tickets")
            database.let_go()
            database.copy(self.address, address)
        environment = os.environ | database.environment(address)
        command = [sys.executable, "-m", "benchmarks.city", str(self.size.tickets)]
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as making:
            for line in making.stdout or ():
                if line.startswith("{"):
                    return City(address, orjson.loads(line))
                say(line.strip())
        raise RuntimeError("The city was not made.")

    @cached_property
    def open_tickets(self) -> str:
        """The address of a database with open tickets, whose promises run; nobody may be using our own database."""
        say(f"making {self.size.open_tickets:,} open tickets")
        address, _ = self._made("open", "open_tickets", self.size.open_tickets)
        return address

    @cached_property
    def crowd(self) -> Crowd:
        """Twice as many people as have a socket at one process; nobody may be using our own database."""
        people = 2 * self.size.sockets
        say(f"making {people:,} technicians")
        address, made = self._made("crowd", "crowd", people, self.size.dispatches, 1)
        return Crowd(address, **made)

    @cached_property
    def desks(self) -> Crowd:
        """Few technicians, and several dispatchers; nobody may be using our own database."""
        say(f"making {DISPATCHERS} dispatchers with {self.size.dispatches} tickets")
        address, made = self._made("desks", "crowd", DISPATCHED, self.size.dispatches, DISPATCHERS)
        return Crowd(address, **made)

    def _made(self, name: str, module: str, *numbers: int) -> tuple[str, Any]:
        """A copy of our database, filled by this module: its address, and what the module says in its last line."""
        database.let_go()
        address = database.beside(self.address, f"{database.name_of(self.address)}_{name}")
        self.exits.callback(database.drop, database.copy(self.address, address))
        command = [sys.executable, "-m", f"benchmarks.{module}", *map(str, numbers)]
        environment = os.environ | database.environment(address)
        made = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
        *_, last = made.stdout.splitlines() or [b""]
        return address, orjson.loads(last) if last else None

    @cached_property
    def fieldsvc(self) -> Fieldsvc:
        """The product."""
        technician = self.technician
        server = self.exits.enter_context(servers.fieldsvc(self.address))
        return self.exits.enter_context(closing(Fieldsvc(server, technician)))

    @cached_property
    def documents(self) -> list[Document]:
        """All that the technician's phone carries."""
        return self.fieldsvc.documents()

    @cached_property
    def floor(self) -> Floor:
        """The least that anybody has to do, with the very bytes that the product sends."""
        server = self.exits.enter_context(servers.floor(self.address))
        floor = self.exits.enter_context(closing(Floor(server)))
        floor.hold_the_same(self.fieldsvc)
        return floor

    @cached_property
    def peers(self) -> Sequence[Source]:
        """Those that are installed, with the same documents."""
        peers: list[Source] = []
        if not self.with_peers:
            return peers
        if servers.KINTO.exists():
            address = database.fresh("bench_kinto")
            peers.append(Kinto(self.exits.enter_context(servers.kinto(address)), address))
        if servers.POUCHDB.exists():
            peers.append(PouchDB(self.exits.enter_context(servers.pouchdb())))
        for peer in peers:
            self.exits.enter_context(closing(peer))
            say(f"filling {peer.name}")
            peer.fill(self.documents)
        if len(peers) < 2:
            say("peers are missing: `make bench` installs them")
        return peers

    @property
    def everyone(self) -> list[Source]:
        """All that a phone could replicate from."""
        quickest = [peer.at_its_quickest() for peer in self.peers if isinstance(peer, PouchDB)]
        return [self.fieldsvc, self.floor, *self.peers, *quickest]

    def change(self, number: int) -> None:
        """Change so many of the technician's visits, and the same documents of everybody else."""
        reason = f"The nearest, for the {next(self._changes)}. time."
        changed = [document for document in self.documents if document["collection"] == "visits"][:number]
        for source in (self.floor, *self.peers):
            source.writing([{**document, "override_reason": reason} for document in changed])()
        ids = [document["id"] for document in changed]
        Visit.objects.filter(pk__in=ids).update(override_reason=reason)
        settle()


def say(what: str) -> None:
    """What is being done, for who waits."""
    print(f"  {what}", flush=True)
