"""A pull of a phone that is up to date, or nearly so: what phones ask for nearly always."""

from collections.abc import Mapping

from benchmarks.measuring import Timing, Turn, alternate
from benchmarks.report import Claim, Section, Table, cpu, ms
from benchmarks.sources import Source
from benchmarks.stage import Stage

TURNS = 300
BLOCK = 20
CHANGED = 10
HEAD = ["changed", "server", "median", "p95", "times ours", "CPU: server", "database", "client"]


def measure(stage: Stage) -> Section:
    """See `TEXT`."""
    everyone = stage.everyone
    before = {source.name: source.position() for source in everyone}
    nothing = pulls(stage, everyone, before)
    stage.change(CHANGED)
    assert len(stage.fieldsvc.since(before["fieldsvc"])[0].json()["changes"]) == CHANGED
    some = pulls(stage, everyone, before)
    return Section(
        f"Nothing changed, and {CHANGED} changes of {len(stage.documents):,}",
        TEXT,
        [Table([HEAD, *rows("nothing", nothing), *rows(str(CHANGED), some)])],
        [*claims("Nothing changed", nothing), *claims(f"{CHANGED} changes", some)],
    )


TEXT = f"""A phone asks what changed since it had everything; then {CHANGED} visits are changed, and it asks again. That
is one request. PouchDB's own client reads its checkpoint, asks for the changes, takes the documents if there are any,
reads and writes the checkpoint, and asks once more. "At its quickest" is one request to PouchDB server, too, of a kind
that no replicating client makes."""


def pulls(stage: Stage, everyone: list[Source], positions: Mapping[str, str]) -> dict[str, Timing]:
    """Each turn is one request, always since the same position."""

    def turn(source: Source) -> Turn:
        position = positions[source.name]
        return Turn(source.name, source.server, lambda: lambda: source.since(position))

    return alternate([turn(source) for source in everyone], turns=stage.turns(TURNS), block=BLOCK)


def rows(changed: str, timings: Mapping[str, Timing]) -> list[list[str]]:
    """One row for each of them."""
    ours = timings["fieldsvc"].median
    return [
        [changed, name, ms(timing.median), ms(timing.p95), f"{timing.median / ours:.2f}", *cpu(timing)]
        for name, timing in timings.items()
    ]


def claims(what: str, timings: Mapping[str, Timing]) -> list[Claim]:
    """Faster than every peer, at the median and at p95."""
    ours = timings["fieldsvc"]
    return [
        Claim(
            f"{what}: faster than {name} at the median and at p95",
            f"{timing.median / ours.median:.2f} and {timing.p95 / ours.p95:.2f} times",
            timing.median > ours.median and timing.p95 > ours.p95,
        )
        for name, timing in timings.items()
        if name not in ("fieldsvc", "floor")
    ]
