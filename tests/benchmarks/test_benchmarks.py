"""The benchmarks go on working, on very little data and without the peers."""

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import connection

from benchmarks import database, report
from benchmarks.__main__ import SCENARIOS, measure_on
from benchmarks.stage import Size, Stage

TINY = Size(documents=200, operations=20, turns=0.01)


@pytest.fixture
def stage(transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """On the test's own database."""
    monkeypatch.setattr(database, "DATA_DIR", tmp_path)
    address = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
    with Stage(urlunsplit(address), TINY, with_peers=False) as stage:
        yield stage


def test_every_scenario_measures_the_product_beside_its_floor(stage: Stage):
    sections = measure_on(stage, list(SCENARIOS))
    for section in sections:
        assert "| fieldsvc " in str(section), section
    page = report.page(sections, minutes=1)
    assert "PostgreSQL 1" in page
    assert all(section.title in page for section in sections)
