"""Bytes on the wire, by the compression that the phone asks for."""

from collections.abc import Sequence

from benchmarks.client import Answer
from benchmarks.report import Section, Table, bytes_of
from benchmarks.stage import Stage

ENCODINGS = ["identity", "gzip", "br", "zstd"]
HEAD = ["answer", "server", *ENCODINGS]
NOT_OFFERED = "not offered"


def measure(stage: Stage) -> Section:
    """See `TEXT`."""
    everyone = stage.everyone
    before = {source.name: source.position() for source in everyone}
    stage.change(1)
    rows = []
    for what in ("first sync", "one change"):
        for source in everyone:
            position = before[source.name] if what == "one change" else ""
            sizes = [size_of(source.since(position, Accept_Encoding=encoding), encoding) for encoding in ENCODINGS]
            rows.append([what, source.name, *sizes])
    return Section("Bytes on the wire", TEXT.format(count=len(stage.documents)), [Table([HEAD, *rows])])


TEXT = """What an answer takes with the headers of HTTP/1.1, for {count:,} documents and for one changed visit."""


def size_of(answers: Sequence[Answer], encoding: str) -> str:
    """How much came, if any of it came as it was asked for: small answers are never compressed."""
    if all(answer.encoding != encoding for answer in answers):
        return NOT_OFFERED
    return bytes_of(sum(answer.bytes_on_the_wire for answer in answers))
