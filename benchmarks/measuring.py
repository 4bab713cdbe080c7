"""How it is measured: everyone takes turns, so that what else the machine does falls on all of them alike."""

import gc
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from benchmarks.servers import Measured, database_cpu_seconds


@dataclass(frozen=True, slots=True)
class Turn:
    """What somebody does in a scenario, again and again.

    `ready` prepares it once, unmeasured, and returns what is measured. `work` counts what it does (documents,
    operations), for the rates.
    """

    name: str
    server: Measured
    ready: Callable[[], Callable[[], object]]
    work: int = 1


@dataclass(slots=True)
class Timing:
    """What was measured of it. Processor times are milliseconds of one turn, at the mean, and precise to about 10 ms
    divided by the turns of a block."""

    work: int
    seconds: list[float] = field(default_factory=list)
    cpu: list[tuple[float, float, float]] = field(default_factory=list)
    """Seconds of server, database and client in one turn."""

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
        """Of the server process."""
        return self._cpu_ms(0)

    @property
    def database_cpu_ms(self) -> float:
        """Of PostgreSQL."""
        return self._cpu_ms(1)

    @property
    def client_cpu_ms(self) -> float:
        """Of the client: if it came near the time of a turn, the client would be what is measured."""
        return self._cpu_ms(2)

    def _cpu_ms(self, index: int) -> float:
        return 1e3 * statistics.mean(spent[index] for spent in self.cpu)


def alternate(everyone: Sequence[Turn], *, turns: int, warm_up: int = 1, block: int = 1) -> dict[str, Timing]:
    """Let everyone take so many turns after warming up, one after the other, in blocks. Timings by name."""
    timings = {turn.name: Timing(turn.work) for turn in everyone}
    for number in range(-warm_up, -(-turns // block)):
        for turn in everyone:
            actions = [turn.ready() for _ in range(block)]
            gc.collect()
            gc.disable()
            before = _cpu_seconds(turn.server)
            took = [_timed(action) for action in actions]
            after = _cpu_seconds(turn.server)
            gc.enable()
            if number >= 0:
                server, database, client = ((now - then) / block for now, then in zip(after, before, strict=True))
                timings[turn.name].seconds += took
                timings[turn.name].cpu.append((server, database, client))
    return timings


def _cpu_seconds(server: Measured) -> tuple[float, float, float]:
    """Processor time so far of server, database and client."""
    return server.cpu_seconds(), database_cpu_seconds(), time.process_time()


def _timed(action: Callable[[], object]) -> float:
    begun = time.perf_counter()
    action()
    return time.perf_counter() - begun
