"""A first sync: a new phone of a technician with 10,000 documents."""

from benchmarks.measuring import Timing, Turn, alternate
from benchmarks.report import Claim, Section, Table, at_least, at_most, bytes_of, cpu, ms
from benchmarks.stage import Stage

TURNS = 11
ABOVE_FLOOR = 1.5
BELOW_PEER = {"Kinto": 5, "PouchDB server": 12}
HEAD = [
    "server",
    "median",
    "p95",
    "documents/s",
    "times ours",
    "answers",
    "bytes",
    "CPU: server",
    "database",
    "client",
]


def measure(stage: Stage) -> Section:
    """See `TEXT`."""
    everyone = stage.everyone
    answers = {source.name: source.everything() for source in everyone}
    count = len(stage.documents)
    timings = alternate(
        [Turn(source.name, source.server, lambda source=source: source.everything, count) for source in everyone],  # type: ignore[misc]
        turns=stage.turns(TURNS),
    )
    ours = timings["fieldsvc"].median
    rows = [
        [
            name,
            ms(timing.median),
            ms(timing.p95),
            f"{timing.rate:,.0f}",
            f"{timing.median / ours:.2f}",
            str(len(answers[name])),
            bytes_of(sum(len(answer.body) for answer in answers[name])),
            *cpu(timing),
        ]
        for name, timing in timings.items()
    ]
    size = sum(len(answer.body) for answer in answers["fieldsvc"]) / count
    return Section(
        f"First sync of {count:,} documents", TEXT.format(size=size), [Table([HEAD, *rows])], claims(timings)
    )


TEXT = """A phone that has nothing asks for everything: {size:,.0f} bytes a document on the wire at the mean, not
compressed. The floor sends the very bytes that fieldsvc sends. Kinto answers all at once, as it is set up unless told
otherwise; PouchDB's own client asks for batches of 100, each with its changes, its documents and a checkpoint. "At its
quickest" is PouchDB server asked for all changes with their documents in one answer, which no replicating client does:
it is shown because it is the most that the server can do."""


def claims(timings: dict[str, Timing]) -> list[Claim]:
    """What the issue asks."""
    ours = timings["fieldsvc"].median
    return [
        at_most("First sync, against the floor", ours / timings["floor"].median, ABOVE_FLOOR),
        *(
            at_least(f"First sync, faster than {peer}", timings[peer].median / ours, factor)
            for peer, factor in BELOW_PEER.items()
            if peer in timings
        ),
    ]
