"""Exports for tests: two that were written by hand, and any rows that a test needs."""

import csv
from pathlib import Path

HERE = Path(__file__).parent
DISPLAY = HERE / "display.csv"
"""Six requests as the city's website exports them."""
API = HERE / "api.csv"
"""The same six as its API exports them."""

GOOD = {
    "Unique Key": "1",
    "Created Date": "06/26/2018 10:58:54 AM",
    "Closed Date": "",
    "Complaint Type": "PLUMBING",
    "Descriptor": "BASIN/SINK",
    "Status": "Open",
    "Borough": "BRONX",
}


def export(folder: Path, *rows: dict[str, str], name: str = "export.csv", encoding: str = "utf-8") -> Path:
    """A file with one line for each row; a row says only how it differs from a good one."""
    path = folder / name
    complete = [GOOD | {"Unique Key": str(number)} | row for number, row in enumerate(rows, start=1)]
    columns = list(dict.fromkeys(column for row in complete for column in row))
    with path.open("w", newline="", encoding=encoding) as file:
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(complete)
    return path
