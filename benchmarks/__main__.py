"""`python -m benchmarks [SCENARIO …] [--quick]`: measure and print. All, at full size, writes `docs/benchmarks.md`."""

import argparse
import time
from collections.abc import Sequence
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
        from benchmarks import report  # knows the database, and so wants Django set up

        sections = measure(names, quick=arguments.quick)
        minutes = (time.monotonic() - begun) / 60
        if names == list(SCENARIOS) and not arguments.quick:
            PAGE.write_text(report.page(sections, minutes))
            print(f"written to {PAGE}")
    print(f"{minutes:.1f} minutes")


def measure(names: Sequence[str], *, quick: bool) -> "list[Section]":
    """These scenarios, on a stage of their own."""
    from benchmarks.stage import FULL, QUICK, Stage  # knows models, and so wants Django set up

    with Stage(database.url(database.NAME), QUICK if quick else FULL) as stage:
        return measure_on(stage, names)


def measure_on(stage: "Stage", names: Sequence[str]) -> "list[Section]":
    """One after the other; each is printed when it is done."""
    sections: list[Section] = []
    modules = {name: import_module(f"benchmarks.scenarios.{name}") for name in names}
    for module in modules.values():
        if hasattr(module, "prepare"):
            module.prepare(stage)
    for name, module in modules.items():
        print(f"\n{name}: {SCENARIOS[name].says}", flush=True)
        sections.append(module.measure(stage))
        print(f"\n{sections[-1]}", flush=True)
    return sections


if __name__ == "__main__":
    main()
