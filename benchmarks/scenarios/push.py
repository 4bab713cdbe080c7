"""A push of 500 operations: what a technician did in a day without signal, with all rules on."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice

import orjson

from benchmarks.client import Client
from benchmarks.dataset import Job
from benchmarks.measuring import Contestant, Timing, alternate
from benchmarks.phone import OPERATIONS_PER_VISIT, Operation, Phone, must_have_applied, visits_done
from benchmarks.report import Section, Table, at_least, ms
from benchmarks.stage import Stage
from sync.ids import uuid7

OPERATIONS = 500
TURNS = 7
WARM_UP = 1
GOAL = 2_000
"""Operations per second."""
VISITS = OPERATIONS // OPERATIONS_PER_VISIT
"""That one turn works off."""


def measure(stage: Stage) -> Section:
    """See `TEXT`."""
    turns = stage.turns(TURNS)
    jobs = stage.service.jobs(stage.technician)
    worked_off = VISITS * (turns + WARM_UP)
    edited = jobs[worked_off:][:OPERATIONS]
    mixed = alternate(
        [fieldsvc(stage, mixed_work(jobs[:worked_off], str(stage.service.valve.pk))), floor(stage)],
        turns=turns,
        warm_up=WARM_UP,
    )
    edits = alternate([fieldsvc(stage, edits_of(edited)), floor(stage)], turns=turns, warm_up=WARM_UP)
    return Section(
        "Push of 500 operations",
        TEXT,
        [Table([HEAD, *rows("mixed", mixed), *rows("edits", edits)])],
        [
            at_least(f"Push of {OPERATIONS} {name} operations", timings["fieldsvc"].rate, GOAL, "a second")
            for name, timings in (("mixed", mixed), ("edit", edits))
        ],
    )


TEXT = f"""One push of {OPERATIONS} operations of one technician, captured over ten hours without signal.
*Mixed*: {VISITS} visits of {OPERATIONS_PER_VISIT} operations each (accept, travel, check in, note, edit with base,
part used, checklist with base, note, complete, check out); other visits each time. *Edits*: one edit of the diagnosis
of each of {OPERATIONS} visits, with the base that the phone saw. Clocks are judged, stock is booked, timelines,
receipts and the feeds of desk, technician and resident are written. The floor writes {OPERATIONS} rows of the same
bytes with one `unnest`, and knows no rule."""

HEAD = ["work", "server", "median", "p95", "operations/s", "server CPU", "database CPU"]


def rows(work: str, timings: Mapping[str, Timing]) -> list[list[str]]:
    """One row for each contestant."""
    return [
        [
            work,
            name,
            ms(timing.median),
            ms(timing.p95),
            f"{timing.rate:,.0f}",
            f"{timing.server_cpu_ms:,.0f} ms",
            f"{timing.database_cpu_ms:,.0f} ms",
        ]
        for name, timing in timings.items()
    ]


def fieldsvc(stage: Stage, work: Iterator[Operation]) -> Contestant:
    """Each turn pushes the next operations, and makes sure afterwards that they were applied."""
    phone = Phone(stage.technician, stage.fieldsvc.port)

    def ready() -> Callable[[], object]:
        envelope = phone.envelope(list(islice(work, OPERATIONS)))
        return lambda: must_have_applied(phone.push(envelope))

    return Contestant("fieldsvc", stage.fieldsvc, ready, OPERATIONS)


def mixed_work(jobs: Sequence[Job], valve_id: str) -> Iterator[Operation]:
    """Visit after visit."""
    return visits_done(jobs, valve_id)


def edits_of(jobs: Sequence[Job]) -> Iterator[Operation]:
    """A finding for each visit, then another for each, without end."""
    seen, number = "", 0
    while True:
        number += 1
        diagnosis = f"Finding {number}: the seal of the valve is worn out, the thread is sound."
        for job in jobs:
            yield "visit.edit", {"visit_id": job.visit_id, "diagnosis": diagnosis, "base": {"diagnosis": seen}}
        seen = diagnosis


def floor(stage: Stage) -> Contestant:
    """Rows of the size of a document."""
    client = Client(stage.floor.port)

    def ready() -> Callable[[], object]:
        body = orjson.dumps([{"id": str(uuid7()), "text": "x" * 540} for _ in range(OPERATIONS)])
        return lambda: client.post("/", body)

    return Contestant("floor", stage.floor, ready, OPERATIONS)
