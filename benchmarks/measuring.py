"""How it is measured: contestants take turns, so that what else the machine does falls on all of them alike."""

import gc
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from benchmarks.servers import Server, database_cpu_seconds


@dataclass(frozen=True, slots=True)
class Contestant:
    """Somebody who does the work of a scenario.

    `ready` prepares one turn, unmeasured, and returns what is measured. `work` counts what one turn does (documents,
    operations, requests), for the rates.
    """

    name: str
    server: Server
    ready: Callable[[], Callable[[], object]]
    work: int


@dataclass(slots=True)
class Timing:
    """The measured turns of one contestant."""

    work: int
    seconds: list[float] = field(default_factory=list)
    server_cpu: list[float] = field(default_factory=list)
    database_cpu: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """Seconds of one turn."""
        return statistics.median(self.seconds)

    @property
    def p95(self) -> float:
        """Seconds that 95 of 100 turns stay below."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]

    @property
    def rate(self) -> float:
        """Work done per second, at the median."""
        return self.work / self.median

    @property
    def server_cpu_ms(self) -> float:
        """Milliseconds of processor time of the server process for one turn, at the mean."""
        return 1e3 * statistics.mean(self.server_cpu)

    @property
    def database_cpu_ms(self) -> float:
        """The same of PostgreSQL."""
        return 1e3 * statistics.mean(self.database_cpu)


def alternate(contestants: Sequence[Contestant], *, turns: int, warm_up: int = 1, block: int = 1) -> dict[str, Timing]:
    """Let each contestant take `turns` turns after warming up, one after the other, in blocks of so many."""
    timings = {contestant.name: Timing(contestant.work) for contestant in contestants}
    for round_number in range(-warm_up, -(-turns // block)):
        for contestant in contestants:
            actions = [contestant.ready() for _ in range(block)]
            timing = timings[contestant.name]
            gc.collect()
            gc.disable()
            cpu, database_cpu = contestant.server.cpu_seconds(), database_cpu_seconds()
            took = [_timed(action) for action in actions]
            gc.enable()
            if round_number >= 0:
                timing.seconds += took
                timing.server_cpu.append((contestant.server.cpu_seconds() - cpu) / block)
                timing.database_cpu.append((database_cpu_seconds() - database_cpu) / block)
    return timings


def _timed(action: Callable[[], object]) -> float:
    begun = time.perf_counter()
    action()
    return time.perf_counter() - begun
