"""A push of 500 operations: what a technician did in a day without signal, with all rules on."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import count, islice

from benchmarks import servers
from benchmarks.dataset import Job, settle
from benchmarks.measuring import Timing, Turn, alternate
from benchmarks.phone import OPERATIONS_PER_VISIT, Operation, Phone, must_have_applied, visits_done
from benchmarks.report import Section, Table, at_least, cpu, ms
from benchmarks.sources import Source
from benchmarks.stage import Stage

TURNS = 7
WARM_UP = 1
GOAL = 2_000
"""Operations per second."""


def measure(stage: Stage) -> Section:
    """See `TEXT`."""
    size, turns = stage.size.operations, stage.turns(TURNS)
    jobs = stage.service.jobs(stage.technician)
    worked_off = size // OPERATIONS_PER_VISIT * (turns + WARM_UP)
    mixed_work = visits_done(jobs[:worked_off], str(stage.service.valve.pk))
    edits_work = edits_of(jobs[worked_off:][:size])
    mixed = alternate(
        [pushing(stage, mixed_work, size), writing(stage, stage.floor, size)], turns=turns, warm_up=WARM_UP
    )
    everywhere = alternate([pushing_from_two(stage, size, turns)], turns=turns, warm_up=WARM_UP)
    others = [writing(stage, other, size) for other in (stage.floor, *stage.peers)]
    edits = alternate([pushing(stage, edits_work, size), *others], turns=turns, warm_up=WARM_UP)
    return Section(
        f"Push of {size} operations",
        TEXT.format(size=size, visits=size // OPERATIONS_PER_VISIT, each=OPERATIONS_PER_VISIT),
        [Table([HEAD, *rows("mixed", mixed | everywhere), *rows("edits", edits)])],
        [
            at_least(f"Push of {size} {name} operations", timings["fieldsvc"].rate, GOAL, "a second")
            for name, timings in (("mixed", mixed), ("edit", edits))
        ]
        + [
            at_least(f"Mixed operations of two phones at once, {size} of each", timing.rate, GOAL, "a second")
            for timing in everywhere.values()
        ],
    )


TEXT = """One push of {size} operations of one technician, captured over ten hours without signal.
*Mixed*: {visits} visits of {each} operations each (accept, travel, check in, note, edit with base, part used, checklist
with base, note, complete, check out); other visits each time. *Edits*: one edit of the diagnosis of each of {size}
visits, with the base that the phone saw. Clocks are judged, stock is booked, timelines, receipts and the feeds of desk,
technician and resident are written. The floor writes {size} rows with one `unnest`; the peers overwrite {size}
documents in one request. They know no rules; PouchDB server compares revisions. *Two phones at once*: two technicians,
each at a web process of their own, as one runs for each core; until the second has its answer."""

HEAD = ["work", "server", "median", "p95", "operations/s", "times ours", "CPU: server", "database", "client"]


def rows(work: str, timings: Mapping[str, Timing]) -> list[list[str]]:
    """One row for each of them."""
    ours = timings["fieldsvc"].median
    return [
        [
            work,
            name,
            ms(timing.median),
            ms(timing.p95),
            f"{timing.rate:,.0f}",
            f"{timing.median / ours:.3f}",
            *cpu(timing),
        ]
        for name, timing in timings.items()
    ]


def pushing(stage: Stage, work: Iterator[Operation], size: int) -> Turn:
    """Each turn pushes the next operations, and makes sure afterwards that they were applied."""
    phone = stage.exits.enter_context(closing(Phone(stage.technician, stage.fieldsvc.server.port)))

    def ready() -> Callable[[], object]:
        envelope = phone.envelope(list(islice(work, size)))
        return lambda: must_have_applied(phone.push(envelope))

    return Turn("fieldsvc", stage.fieldsvc.server, ready, size)


def pushing_from_two(stage: Stage, size: int, turns: int) -> Turn:
    """Each turn two phones push at the same moment, each to a web process of its own."""
    visits = size // OPERATIONS_PER_VISIT * (turns + WARM_UP)
    people = [stage.service.technician(name, tickets=visits) for name in ("tim", "tam")]
    settle()
    web = [stage.fieldsvc.server, stage.exits.enter_context(servers.web(stage.address))]
    works = [visits_done(stage.service.jobs(person), str(stage.service.valve.pk)) for person in people]
    phones = [
        stage.exits.enter_context(closing(Phone(person, server.port)))
        for person, server in zip(people, web, strict=True)
    ]
    pool = stage.exits.enter_context(ThreadPoolExecutor(len(phones)))

    def ready() -> Callable[[], object]:
        envelopes = [phone.envelope(list(islice(work, size))) for phone, work in zip(phones, works, strict=True)]

        def push() -> None:
            for answer in pool.map(Phone.push, phones, envelopes):
                must_have_applied(answer)

        return push

    return Turn("fieldsvc, two phones", servers.All(web), ready, len(phones) * size)


def edits_of(jobs: Sequence[Job]) -> Iterator[Operation]:
    """A finding for each visit, then another for each, without end."""
    assert jobs, "there are no visits left to edit"
    seen, number = "", 0
    while True:
        number += 1
        diagnosis = f"Finding {number}: the seal of the valve is worn out, the thread is sound."
        for job in jobs:
            yield "visit.edit", {"visit_id": job.visit_id, "diagnosis": diagnosis, "base": {"diagnosis": seen}}
        seen = diagnosis


def writing(stage: Stage, other: Source, size: int) -> Turn:
    """Each turn overwrites the same documents."""
    numbers = count(1)

    def ready() -> Callable[[], object]:
        diagnosis = f"Finding {next(numbers)}: the seal of the valve is worn out, the thread is sound."
        return other.writing([{**document, "diagnosis": diagnosis} for document in stage.documents[:size]])

    return Turn(other.name, other.server, ready, size)
