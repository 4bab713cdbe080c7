"""Results as text: tables, and the claims that they bear out or not."""

from collections.abc import Sequence
from dataclasses import dataclass, field


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


def ms(seconds: float) -> str:
    """Milliseconds, with as many digits as tell something."""
    value = 1e3 * seconds
    return f"{value:,.0f} ms" if value >= 100 else f"{value:.3g} ms"
