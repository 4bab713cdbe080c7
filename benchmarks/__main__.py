"""`python -m benchmarks [SCENARIO …] [--quick]`: measure, print, and write `docs/benchmarks.md`."""

import argparse
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import NamedTuple

from benchmarks import database
from benchmarks.report import Section


class Scenario(NamedTuple):
    """A module of `scenarios/`, and how long its `measure` takes here."""

    says: str
    seconds: int


SCENARIOS = {
    "push": Scenario("500 operations of a technician, with all rules on", 60),
}


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("scenario", nargs="*", choices=[*SCENARIOS, []], help="; ".join(SCENARIOS))
    parser.add_argument("--quick", action="store_true", help="less of everything: to try it, not to quote it")
    arguments = parser.parse_args()
    names = arguments.scenario or list(SCENARIOS)
    begun = time.monotonic()
    with database.ready_for_django():
        run(names, quick=arguments.quick)
    print(f"{time.monotonic() - begun:.0f} s")


def run(names: Sequence[str], *, quick: bool) -> None:
    """Measure these scenarios, one after the other."""
    from benchmarks.stage import Stage  # knows models, and so wants Django set up

    with Stage(quick=quick) as stage:
        for name in names:
            print(f"{name}: {SCENARIOS[name].says}", flush=True)
            measure: Callable[[Stage], Section] = import_module(f"benchmarks.scenarios.{name}").measure
            print(f"\n{measure(stage)}\n", flush=True)


if __name__ == "__main__":
    main()
