"""`python -m benchmarks [SCENARIO …] [--quick]`: measure and print; at full size, write to `docs/benchmarks.md` too."""

import argparse
import time
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchmarks import database

if TYPE_CHECKING:
    from benchmarks.report import Section
    from benchmarks.stage import Stage

PAGE = Path(__file__).parents[1] / "docs/benchmarks.md"


class Scenario(NamedTuple):
    """What a module of `scenarios/` measures, and about how long that takes, in seconds, with a machine to itself.

    Its `measure(stage)` measures; its `prepare(stage)`, if it has one, runs before any server has started.
    """

    says: str
    seconds: int


SCENARIOS = {
    "first_sync": Scenario("a new phone of a technician with 10,000 documents", 60),
    "changes": Scenario("nothing changed, and 10 changes of 10,000", 60),
    "wire": Scenario("bytes, by compression", 10),
    "scale": Scenario("the same pulls among much other data (at full size 15 GB of disk)", 300),
    "push": Scenario("500 operations of a technician, with all rules on", 60),
    "returning": Scenario("50 phones after a day without signal, at once", 120),
    "routes": Scenario("a day of 300 visits and 25 technicians planned, and published instances", 400),
    "promises": Scenario("20,000 open tickets, and a worker that was down for an hour", 100),
    "contention": Scenario("8 dispatchers drag the same 200 tickets at once", 60),
    "sockets": Scenario("5,000 phones on one process, 10,000 on two, and Channels' Redis layers", 180),
    "million": Scenario("what a desk asks of a million tickets (the first run 10 minutes more; 8 GB)", 600),
}
PREPARING_SECONDS = 90
"""To make the data and fill the peers."""


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(prog="make bench ARGS=", description=__doc__)
    parser.add_argument("scenario", nargs="*", help=", ".join(SCENARIOS))
    parser.add_argument("--quick", action="store_true", help="less of everything: to try it, not to quote it")
    arguments = parser.parse_args()
    names = arguments.scenario or list(SCENARIOS)
    if unknown := set(names) - set(SCENARIOS):
        parser.error(f"{', '.join(sorted(unknown))}: there are only {', '.join(SCENARIOS)}")
    seconds = PREPARING_SECONDS + sum(SCENARIOS[name].seconds for name in names)
    print(f"about {seconds / (3 if arguments.quick else 1) / 60:.0f} minutes", flush=True)
    begun = time.monotonic()
    with database.ready_for_django():
        from benchmarks.report import Page  # knows the database, and so wants Django set up

        page = None if arguments.quick else Page(PAGE, list(SCENARIOS))
        for name, section in measure(names, quick=arguments.quick):
            print(f"\n{section}", flush=True)
            if page:
                page.take(name, section)
    print(f"{(time.monotonic() - begun) / 60:.1f} minutes" + (f", written to {PAGE}" if page else ""))


def measure(names: Sequence[str], *, quick: bool) -> "Iterator[tuple[str, Section]]":
    """These scenarios, on a stage of their own."""
    from benchmarks.stage import FULL, QUICK, Stage  # knows models, and so wants Django set up

    with Stage(database.url(database.NAME), QUICK if quick else FULL) as stage:
        yield from measure_on(stage, names)


def measure_on(stage: "Stage", names: Sequence[str]) -> "Iterator[tuple[str, Section]]":
    """One after the other."""
    modules = {name: import_module(f"benchmarks.scenarios.{name}") for name in names}
    for module in modules.values():
        if hasattr(module, "prepare"):
            module.prepare(stage)
    for name, module in modules.items():
        print(f"\n{name}: {SCENARIOS[name].says}", flush=True)
        yield name, module.measure(stage)


if __name__ == "__main__":
    main()
