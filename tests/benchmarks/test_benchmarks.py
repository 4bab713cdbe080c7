"""The benchmarks go on working, on very little data and without the peers."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import database
from benchmarks.__main__ import SCENARIOS, measure_on
from benchmarks.report import Page, Section
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


def test_every_scenario_measures_and_the_page_tells_of_it(stage: Stage, tmp_path: Path):
    page = Page(tmp_path / "page.md", list(SCENARIOS))
    sections = dict(measure_on(stage, list(SCENARIOS)))
    for name, section in sections.items():
        page.take(name, section)
    assert all(len(table.rows) > 2 for section in sections.values() for table in section.tables)
    claims = [claim for section in sections.values() for claim in section.claims]
    assert not [claim for claim in claims if "fails" in claim.what and not claim.holds]
    assert "PostgreSQL 1" in page.path.read_text()
    assert all(str(section) in page.path.read_text() for section in sections.values())


def test_what_is_measured_anew_takes_its_old_place_on_the_page(tmp_path: Path, db: None):
    for name in ("first", "second", "third"):
        Page(tmp_path / "page.md", ["first", "second", "third"]).take(name, Section(name.title(), "Slow.", []))
    Page(tmp_path / "page.md", ["first", "second", "third"]).take("second", Section("Second", "Quick.", []))
    text = (tmp_path / "page.md").read_text()
    assert re.findall(r"^## (\w+)\n\n(\w+)", text, re.MULTILINE)[:3] == [
        ("First", "Slow"),
        ("Second", "Quick"),
        ("Third", "Slow"),
    ]
    assert text.count("## ") == 4
