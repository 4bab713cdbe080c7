"""The benchmarks go on working, on very little data and without the peers."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import database, report
from benchmarks.__main__ import SCENARIOS, measure_on
from benchmarks.stage import Size, Stage

TINY = Size(
    documents=100,
    operations=10,
    other_data=3,
    phones=2,
    tickets=1_000,
    desks=1,
    open_tickets=60,
    sockets=20,
    dispatches=4,
    turns=0.01,
    planning=0.3,
)


@pytest.fixture
def stage(transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """On the test's own database."""
    monkeypatch.setattr(database, "DATA_DIR", tmp_path)
    with Stage(os.environ["DATABASE_URL"], TINY, with_peers=False, keeps_city=False) as stage:
        yield stage


def test_every_scenario_measures_and_the_page_tells_of_it(stage: Stage):
    sections = measure_on(stage, list(SCENARIOS))
    assert all(len(table.rows) > 2 for section in sections for table in section.tables)
    assert not [claim for section in sections for claim in section.claims if "fails" in claim.what and not claim.holds]
    page = report.page(sections, minutes=1)
    assert "PostgreSQL 1" in page
    assert all(section.title in page for section in sections)
