"""Very many phones on WebSockets: what one costs, how soon it hears of a dispatch, how soon all of them hear of one."""

import math
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import timedelta

import orjson
import psutil
import psycopg

from benchmarks import servers
from benchmarks.client import Client
from benchmarks.report import Claim, Section, Table, ms
from benchmarks.servers import Server
from benchmarks.sockets import Phones, allow_open_files
from benchmarks.stage import Crowd, Stage, say
from fieldsvc.time import now
from notifications.bus.news import News
from notifications.bus.postgres_wire import CHANNEL

MESSAGES = 10
"""To everybody."""
TOLD_WITHIN_SECONDS = 0.15
LAYERS = {
    "channels_redis pub/sub": "channels_redis.pubsub.RedisPubSubChannelLayer",
    "channels_redis core": "channels_redis.core.RedisChannelLayer",
}
QUIET_SECONDS = 0.5
HEAD = ["", "sockets", "memory of each", "one message to all: median", "slowest"]

TEXT = """Every phone is a technician of its own, signed in with a token of its own, and connected all the time. "One
message to all" is one poke of a scope that all of them hold, sent on PostgreSQL's `NOTIFY` as another process would
(which may collect for 5 ms before), until the last phone has it. "A dispatch" is sent by a dispatcher over HTTP
while all of them are connected, each time to somebody else; it is on the screen when the notice has arrived there.
Two web processes stand beside this client on {cores} cores. The floor is a bare set of connections under the same
server program; the peers are Channels' layers on a Redis of their own, one consumer for each phone in one group, and
know neither persons nor rights. They have {sockets:,} sockets each, and are told to send by HTTP."""


def prepare(stage: Stage) -> None:
    """The people, made while nothing is measured."""
    stage.crowd  # noqa: B018


@dataclass(frozen=True, slots=True)
class Heard:
    """What was measured of somebody."""

    name: str
    sockets: int
    bytes_each: float
    seconds: Sequence[float]
    """From sending one message until the last of all phones had it; none if not all of them were told."""

    def row(self) -> list[str]:
        """Of the table."""
        told = [ms(statistics.median(self.seconds)), ms(max(self.seconds))] if self.seconds else ["not to all", "–"]
        return [self.name, f"{self.sockets:,}", f"{self.bytes_each / 1024:.0f} KiB", *told]


def measure(stage: Stage) -> Section:
    """See `TEXT`."""
    number, crowd = stage.size.sockets, stage.crowd
    allow_open_files(2 * number)
    ours, took = measure_ours(crowd, number)
    everybody = [*ours, *measure_others(stage, number)]
    one = ours[0]
    return Section(
        f"{number:,} phones on one process, {2 * number:,} on two",
        TEXT.format(cores=psutil.cpu_count(), sockets=number),
        [
            Table([HEAD, *(heard.row() for heard in everybody)]),
            Table(
                [
                    ["a dispatch is on the screen, with", "dispatches", "p50", "p99"],
                    *(dispatch_row(heard, times) for heard, times in zip(ours, took, strict=True)),
                ]
            ),
        ],
        [
            Claim(
                f"One message reaches all {number:,} phones of a process within {ms(TOLD_WITHIN_SECONDS)}",
                f"{ms(statistics.median(one.seconds))} at the median",
                statistics.median(one.seconds) <= TOLD_WITHIN_SECONDS,
            ),
        ],
    )


def dispatch_row(heard: Heard, took: Sequence[float]) -> list[str]:
    """Of the table."""
    ordered = sorted(took)
    p50, p99 = (ordered[min(len(ordered) - 1, int(len(ordered) * part))] for part in (0.5, 0.99))
    return [f"{heard.sockets:,} sockets, {heard.name}", str(len(took)), ms(p50), ms(p99)]


def measure_ours(crowd: Crowd, number: int) -> tuple[list[Heard], list[list[float]]]:
    """With one web process, then with two: memory and messages to all, and how long dispatches took."""
    heard: list[Heard] = []
    took: list[list[float]] = []
    half = len(crowd.tickets) // 2
    with ExitStack() as exits:
        sender = exits.enter_context(psycopg.connect(crowd.address, autocommit=True))
        phones = exits.enter_context(closing(Phones()))
        desk: Client | None = None
        for name, tokens, tickets in (
            ("one process", crowd.tokens[:number], crowd.tickets[:half]),
            ("two processes", crowd.tokens[number:], crowd.tickets[half:]),
        ):
            server = exits.enter_context(servers.web(crowd.address))
            desk = desk or exits.enter_context(closing(Client(server.port, Authorization=f"Token {crowd.desks[0]}")))
            bytes_each = connect(phones, server, tokens)
            seconds = messages(phones, lambda: notify_everybody(sender))
            heard.append(Heard(f"fieldsvc, {name}", len(phones.phones), bytes_each, seconds))
            say(f"dispatching with {len(phones.phones):,} sockets")
            apart = len(phones.phones) // len(tickets)
            took.append(dispatches(phones, desk, crowd.technicians[len(took) :: apart], tickets))
    return heard, took


def notify_everybody(sender: psycopg.Connection[tuple[object, ...]]) -> None:
    """There is something to pull in a scope that everybody holds."""
    for payload in News(scopes={"catalogue"}).payloads():
        sender.execute("SELECT pg_notify(%s, %s)", [CHANNEL, payload])


def dispatches(phones: Phones, desk: Client, people: Sequence[str], tickets: Sequence[str]) -> list[float]:
    """Send each ticket to the next of these people; answers after how many seconds each was on the screen."""
    took = []
    at = now()
    with ThreadPoolExecutor(1) as dispatcher:
        for person, ticket in zip(people, tickets, strict=False):
            body = {
                "technician_id": person,
                "window_start": at,
                "window_end": at + timedelta(hours=1),
            }
            begun = time.perf_counter()
            sending = dispatcher.submit(desk.post, f"/api/v1/tickets/{ticket}/dispatch", orjson.dumps(body))
            [moment] = phones.hear(ticket.encode(), 1)
            took.append(moment - begun)
            while not sending.done():
                phones.listen(0.01)  # or they would be taken for gone
            sending.result()
    return took


def measure_others(stage: Stage, number: int) -> Iterator[Heard]:
    """The floor, and the peers if they are installed."""
    yield measure_other("floor: a bare set", servers.floor(stage.crowd.address), number)
    if stage.with_peers and servers.REDIS and servers.PEERS_PYTHON.exists():
        for name, backend in LAYERS.items():
            with servers.redis() as redis:
                yield measure_other(name, servers.layer(name, backend, redis), number)


def measure_other(name: str, server: Server, number: int) -> Heard:
    """Somebody else with so many phones."""
    with server, closing(Client(server.port)) as sender, closing(Phones()) as phones:
        bytes_each = math.nan

        def tell() -> None:
            sending.submit(sender.post, "/tell", b"{}")

        with ThreadPoolExecutor(1) as sending:
            try:
                bytes_each = connect(phones, server, [None] * number)
                seconds = messages(phones, tell)
            except (TimeoutError, ConnectionError) as error:  # theirs to lose, and no end of our measuring
                say(f"{name} has not held or told everybody: {error}")
                seconds = []
        return Heard(name, number, bytes_each, seconds)


def connect(phones: Phones, server: Server, tokens: Sequence[str | None]) -> float:
    """These phones too; answers how many bytes of the server's memory each has taken."""
    say(f"connecting {len(tokens):,} phones with {server.name}")
    before = server.memory_mb()
    phones.connect(server.port, tokens)
    phones.quiet(QUIET_SECONDS)
    return (server.memory_mb() - before) * 1e6 / len(tokens)


def messages(phones: Phones, tell: Callable[[], None]) -> list[float]:
    """Tell everybody a few times; answers how long each took to reach the last of them."""
    took = []
    for _ in range(MESSAGES):
        begun = time.perf_counter()
        tell()
        took.append(phones.hear(b'"catalogue"', len(phones.phones))[-1] - begun)
        phones.quiet(QUIET_SECONDS)
    return took
