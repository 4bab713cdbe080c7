"""`python -m benchmarks.profile_push [--edits] [--operations 500] [--top 30]`: where the time of one push goes.

Runs in one process, without a server: Django's own request handling is in, the network is not. Three pushes of other
visits, so that one way of looking does not slow down another: bare, with every statement counted, under cProfile.
"""

import argparse
import cProfile
import pstats
import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import psycopg

from benchmarks import database

ROOT = str(Path(__file__).parents[1])
ENVIRONMENT = f"{ROOT}/.venv"


def main() -> None:
    """Print the three views."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.profile_push", description=__doc__)
    parser.add_argument("--edits", action="store_true", help="one edit per visit instead of mixed operations")
    parser.add_argument("--operations", type=int, default=500, help="in the push")
    parser.add_argument("--top", type=int, default=30, help="lines of each list")
    arguments = parser.parse_args()
    with database.ready_for_django():
        push = pushes(arguments.operations, edits=arguments.edits)
        push()  # warms up
        bare, processor = timed(push)
        print(
            f"\n{arguments.operations} operations: {bare:.3f} s, {arguments.operations / bare:,.0f} a second", end="; "
        )
        print(f"{processor:.3f} s of our own processor time\n")
        with counted_statements() as statements:
            push()
        print_statements(statements, arguments.top)
        profile = cProfile.Profile()
        profile.runcall(push)
        print_functions(profile, arguments.top)


def timed(push: Callable[[], None]) -> tuple[float, float]:
    """Seconds that passed, and seconds that this process worked."""
    begun, begun_work = time.perf_counter(), time.process_time()
    push()
    return time.perf_counter() - begun, time.process_time() - begun_work


def pushes(operations: int, *, edits: bool) -> Callable[[], None]:
    """A function that pushes so many operations, of other visits each time."""
    from django.test import Client

    from benchmarks.dataset import Service, settle
    from benchmarks.phone import OPERATIONS_PER_VISIT, PUSH, Phone, visits_done
    from benchmarks.scenarios.push import edits_of

    service = Service()
    visits = operations if edits else 4 * operations // OPERATIONS_PER_VISIT
    technician = service.technician("tom", tickets=visits)
    settle()
    jobs = service.jobs(technician)
    work = edits_of(jobs) if edits else visits_done(jobs, str(service.valve.pk))
    phone, client = Phone(technician, port=0), Client(SERVER_NAME="127.0.0.1")
    envelopes = iter([phone.envelope(list(islice(work, operations))) for _ in range(4)])

    def push() -> None:
        headers = {"authorization": f"Token {technician.token}"}
        answer = client.post(PUSH, next(envelopes), content_type="application/json", headers=headers)
        assert answer.status_code == 200, answer.content[:500]
        refused = [result for result in answer.json()["results"] if result["status"] != "applied"]
        assert not refused, refused[:3]

    return push


Statements = dict[str, list[float]]


@contextmanager
def counted_statements() -> Iterator[Statements]:
    """Every statement that reaches the driver, by its shape: how long each took."""
    statements: Statements = defaultdict(list)
    execute = psycopg.Cursor.execute

    def counting(self: Any, query: Any, *arguments: Any, **options: Any) -> Any:
        begun = time.perf_counter()
        try:
            return execute(self, query, *arguments, **options)
        finally:
            statements[shape(query)].append(time.perf_counter() - begun)

    psycopg.Cursor.execute = counting  # type: ignore[method-assign]
    try:
        yield statements
    finally:
        psycopg.Cursor.execute = execute  # type: ignore[method-assign]


def shape(query: Any) -> str:
    """The statement without what differs from one time to the next, and without its long list of columns."""
    text = query if isinstance(query, str) else str(query)
    text = re.sub(r'"s\d+_x\d+"', '"…"', " ".join(text.split()))
    text = re.sub(r"\((?:%[sbt], )+%[sbt]\)", "(%s …)", text)
    text = re.sub(r"(?:\(%s …\), )+", "", text)
    return re.sub(r'^(SELECT (?:DISTINCT )?"[^ ]+).*? FROM', r"\1 … FROM", text)


def print_statements(statements: Statements, top: int) -> None:
    """The most expensive first."""
    count = sum(map(len, statements.values()))
    total = sum(map(sum, statements.values()))
    print(f"{count} statements, {total:.3f} s waited for\n\n{'times':>6} {'total ms':>9} {'each ms':>8}  statement")
    for text, took in sorted(statements.items(), key=lambda item: -sum(item[1]))[:top]:
        print(f"{len(took):6} {1e3 * sum(took):9.1f} {1e3 * sum(took) / len(took):8.2f}  {text[:200]}")


def print_functions(profile: cProfile.Profile, top: int) -> None:
    """Our functions with all that they call, then all functions by their own time. cProfile itself costs about half."""
    rows = pstats.Stats(profile).stats.items()  # type: ignore[attr-defined]
    ours = [(key, row) for key, row in rows if key[0].startswith(ROOT) and not key[0].startswith(ENVIRONMENT)]
    for title, chosen, column in (("with what they call", ours, 3), ("by their own time", list(rows), 2)):
        print(f"\nfunctions, {title}\n\n{'calls':>8} {'own ms':>8} {'all ms':>8}  function")
        for (path, line, name), row in sorted(chosen, key=lambda item: -item[1][column])[:top]:
            place = path.removeprefix(f"{ROOT}/").rpartition("site-packages/")[2]
            print(f"{row[1]:8} {1e3 * row[2]:8.1f} {1e3 * row[3]:8.1f}  {place}:{line} {name}")


if __name__ == "__main__":
    main()
