"""Many phones that come back at once, after a day without signal."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from threading import Barrier, Event, Thread
from time import perf_counter

from benchmarks.client import PATIENCE_SECONDS
from benchmarks.dataset import Job, settle
from benchmarks.phone import OPERATIONS_PER_VISIT, Phone, must_have_applied, photo, visits_done
from benchmarks.report import Claim, Section, Table, ms
from benchmarks.servers import Server
from benchmarks.sources import Fieldsvc
from benchmarks.stage import Stage, say
from sync.ids import uuid7

OPERATIONS = 100
"""That each of them pushes."""
DAYS = 2
"""The first warms up, the second is judged."""
LONGEST_SECONDS = 10
MEMORY_MAY_GROW = 1.1
"""From the peak of the first day to that of the second, by this factor."""
HEAD = ["day", "phones", "longest push", "median", "longest return", "failed", "operations/s", "memory before", "peak"]


@dataclass(frozen=True, slots=True)
class Outbox:
    """What a phone has to send: a push, and a photo of which the push tells."""

    envelope: bytes
    photo_id: str
    photo: bytes


@dataclass(slots=True)
class Return:
    """How one phone fared: seconds until its push was answered, and until all was done; or why it failed."""

    pushed: float = 0
    done: float = 0
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Day:
    """How all of them fared on one day, and the server's memory in megabytes."""

    returns: Sequence[Return]
    memory: Sequence[float]

    @property
    def failures(self) -> list[str]:
        """Why phones failed."""
        return [one.failure for one in self.returns if one.failure]

    @property
    def longest(self) -> float:
        """Seconds until the last was done."""
        return max(one.done for one in self.returns)

    def row(self, number: int, operations: int) -> list[str]:
        """As the table has it."""
        pushed = sorted(one.pushed for one in self.returns)
        return [
            str(number),
            str(len(self.returns)),
            ms(pushed[-1]),
            ms(pushed[len(pushed) // 2]),
            ms(self.longest),
            str(len(self.failures)),
            f"{len(self.returns) * operations / self.longest:,.0f}" if self.longest else "",
            f"{self.memory[0]:.0f} MB",
            f"{max(self.memory):.0f} MB",
        ]


def measure(stage: Stage) -> Section:
    """See `TEXT`."""
    number, operations = stage.size.phones, min(OPERATIONS, stage.size.operations)
    visits = operations // OPERATIONS_PER_VISIT
    say(f"making {number} technicians with {DAYS * visits} visits each")
    technicians = [stage.service.technician(f"phone{n}", tickets=DAYS * visits) for n in range(number)]
    settle()
    jobs = {person.device_id: stage.service.jobs(person) for person in technicians}
    valve = str(stage.service.valve.pk)
    days = []
    with ExitStack() as exits:
        phones = [exits.enter_context(closing(Phone(person, stage.fieldsvc.server.port))) for person in technicians]
        for day in range(DAYS):
            outboxes = [
                a_day_of(phone, jobs[phone.technician.device_id][day * visits :][:visits], valve) for phone in phones
            ]
            days.append(all_at_once(stage.fieldsvc.server, phones, outboxes))
    judged = days[-1]
    growth = max(judged.memory) / max(days[0].memory)
    return Section(
        f"{number} phones come back at once",
        TEXT.format(number=number, operations=operations, visits=visits),
        [Table([HEAD, *(day.row(n, operations) for n, day in enumerate(days, start=1))])],
        [
            Claim(
                f"Nobody waits more than {LONGEST_SECONDS} seconds",
                f"{judged.longest:.1f} seconds",
                judged.longest <= LONGEST_SECONDS,
            ),
            Claim("Nothing fails", failures_of(days), not any(day.failures for day in days)),
            Claim("Memory stays flat", f"{growth:.2f} times the first day's peak", growth <= MEMORY_MAY_GROW),
        ],
    )


TEXT = """{number} technicians get signal in the same moment. Each phone pushes {operations} operations in one
request ({visits} visits, worked off as in the section on pushes, and the record of a photo), uploads that photo of
about 400 kB, and pulls until it is up to date. A return is all of that. The day after, they do it again."""


def a_day_of(phone: Phone, jobs: Sequence[Job], valve_id: str) -> Outbox:
    """These visits worked off; in the place of the last departure stands the record of a photo."""
    photo_id, job = str(uuid7()), jobs[0]
    *work, _ = visits_done(jobs, valve_id)
    record = {"id": photo_id, "ticket_id": job.ticket_id, "visit_id": job.visit_id, "kind": "photo"}
    return Outbox(phone.envelope([*work, ("attachment.add", record)]), photo_id, photo())


def all_at_once(server: Server, phones: Sequence[Phone], outboxes: Sequence[Outbox]) -> Day:
    """Let all phones go at the same moment, each on a thread and a connection of its own."""
    returns = [Return() for _ in phones]
    start = Barrier(len(phones), timeout=PATIENCE_SECONDS)

    def come_back(phone: Phone, outbox: Outbox, fared: Return) -> None:
        try:
            with closing(Fieldsvc(server, phone.technician)) as feed:
                position = feed.position()
                start.wait()
                begun = perf_counter()
                answer = phone.push(outbox.envelope)
                fared.pushed = perf_counter() - begun
                phone.upload(outbox.photo_id, outbox.photo)
                feed.since(position)
                fared.done = perf_counter() - begun
            must_have_applied(answer)
        except Exception as error:  # whatever it was, the phone has failed
            fared.failure = f"{type(error).__name__}: {error}"[:300]

    threads = [Thread(target=come_back, args=each) for each in zip(phones, outboxes, returns, strict=True)]
    with watched_memory(server) as memory:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return Day(returns, memory)


@contextmanager
def watched_memory(server: Server) -> Iterator[list[float]]:
    """Ten times a second, for as long as the block lasts."""
    memory, over = [server.memory_mb()], Event()

    def watch() -> None:
        while not over.wait(0.1):
            memory.append(server.memory_mb())

    watcher = Thread(target=watch)
    watcher.start()
    try:
        yield memory
    finally:
        over.set()
        watcher.join()


def failures_of(days: Sequence[Day]) -> str:
    """How many, and the first of them."""
    failures = [failure for day in days for failure in day.failures]
    return f"{len(failures)} failed: {failures[0]}" if failures else "none failed"
