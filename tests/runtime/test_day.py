"""The day is played against a running server, in whose database it looks for the demo's people."""

from pathlib import Path

import pytest

import tests.day.__main__ as day


def test_whoever_plays_it_beside_another_database_hears_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setattr(day, "DATA_DIR", tmp_path)
    with pytest.raises(SystemExit, match="make day DATA_DIR="):
        day.demo_people("http://127.0.0.1:8000")
    assert list(tmp_path.iterdir()) == [], "no database was begun there"
