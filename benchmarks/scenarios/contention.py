"""Eight dispatchers drag the same tickets at once: each is assigned once, and losers see who won."""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from threading import Barrier
from typing import LiteralString

import orjson
import psycopg

from benchmarks import servers
from benchmarks.client import Client
from benchmarks.report import Claim, Section, Table
from benchmarks.stage import Crowd, Stage, say
from fieldsvc.time import now

TEXT = """{desks} dispatchers, each over a connection of their own to one of two web processes, go through the same
{tickets} tickets in the same order, and dispatch each to a technician of their own choice, in a window of the ticket's
own. So for every ticket there are {desks} who want to send somebody, at the same moment."""
ASSIGNED: LiteralString = """
    SELECT ticket_id::text, array_agg(technician_id::text) FROM tickets_visit
    WHERE ticket_id = ANY(%s::uuid[]) AND status <> 'cancelled' GROUP BY ticket_id"""
TOLD: LiteralString = """
    SELECT count(*) FROM notifications_notice WHERE kind = 'visit_dispatched' AND ticket_id = ANY(%s::uuid[])"""


@dataclass(frozen=True, slots=True)
class Drag:
    """One attempt: by whom, of what, what was answered, after how many seconds."""

    desk: int
    ticket: str
    technician: str
    status: int
    body: Mapping[str, object]
    seconds: float

    @property
    def outcome(self) -> str:
        """`dispatched`, or the code of the refusal."""
        return "dispatched" if self.status == 201 else str(self.body.get("code", self.status))


def prepare(stage: Stage) -> None:
    """Dispatchers, technicians and tickets, made while nothing is measured."""
    stage.desks  # noqa: B018


def measure(stage: Stage) -> Section:
    """See `TEXT`."""
    crowd = stage.desks
    with ExitStack() as exits:
        ports = [exits.enter_context(servers.web(crowd.address)).port for _ in range(2)]
        say(f"{len(crowd.desks)} dispatchers drag {len(crowd.tickets)} tickets")
        begun = time.perf_counter()
        drags = everybody_drags(crowd, ports)
        seconds = time.perf_counter() - begun
    with psycopg.connect(crowd.address) as connection:
        assigned: dict[str, list[str]] = dict(connection.execute(ASSIGNED, [crowd.tickets]).fetchall())
        [(told,)] = connection.execute(TOLD, [crowd.tickets]).fetchall()
    outcomes = Counter(drag.outcome for drag in drags)
    won = {drag.ticket: drag for drag in drags if drag.outcome == "dispatched"}
    lost = [drag for drag in drags if drag.outcome == "ticket_has_visit"]
    tickets, desks = len(crowd.tickets), len(crowd.desks)
    return Section(
        f"{desks} dispatchers drag the same {tickets} tickets",
        TEXT.format(desks=desks, tickets=tickets),
        [
            Table(
                [
                    ["answer", "number", "p50", "p99"],
                    ["dispatched", f"{len(won)}", *times(list(won.values()))],
                    ["somebody was quicker", f"{len(lost)}", *times(lost)],
                ]
            )
        ],
        [
            Claim(
                "Each ticket is assigned once, to whom the one who won has sent, and none fails",
                f"{outcomes['dispatched']} of {len(drags)} in {seconds:.1f} s, {told} notices",
                outcomes["dispatched"] == tickets == told
                and assigned == {ticket: [drag.technician] for ticket, drag in won.items()},
            ),
            Claim(
                "Every loser is told who won, and none fails",
                f"{len(lost)} of {len(drags)}",
                len(lost) == tickets * (desks - 1)
                and all(drag.body["planned_by"] == f"Dispatcher {won[drag.ticket].desk}" for drag in lost),
            ),
        ],
    )


def everybody_drags(crowd: Crowd, ports: Sequence[int]) -> list[Drag]:
    """All of them at once."""
    start, at = Barrier(len(crowd.desks)), now()
    with ThreadPoolExecutor(len(crowd.desks)) as desks:
        dragging = [
            desks.submit(drag_all, crowd, number, ports[number % len(ports)], start, at)
            for number in range(len(crowd.desks))
        ]
        return list(chain.from_iterable(one.result() for one in dragging))


def drag_all(crowd: Crowd, desk: int, port: int, start: Barrier, at: datetime) -> list[Drag]:
    """One dispatcher, from the first ticket to the last."""
    drags = []
    with closing(Client(port, Authorization=f"Token {crowd.desks[desk]}")) as client:
        client.get("/api/v1/tickets?limit=1")
        start.wait()
        for number, ticket in enumerate(crowd.tickets, start=1):
            technician = crowd.technicians[(number + desk) % len(crowd.technicians)]
            window = {"window_start": at + timedelta(hours=number), "window_end": at + timedelta(hours=number + 1)}
            begun = time.perf_counter()
            answer = client.ask(
                "POST", f"/api/v1/tickets/{ticket}/dispatch", orjson.dumps({"technician_id": technician, **window})
            )
            took = time.perf_counter() - begun
            drags.append(Drag(desk, ticket, technician, answer.status, answer.json(), took))
    return drags


def times(drags: Sequence[Drag]) -> list[str]:
    """The median, and what one in a hundred takes longer than."""
    ordered = sorted(drag.seconds for drag in drags) or [0.0]
    return [f"{ordered[int(part * (len(ordered) - 1))] * 1000:.0f} ms" for part in (0.5, 0.99)]
