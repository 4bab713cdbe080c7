"""`manage.py import_connections`: what the network's own records tell."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.segments.conftest import Lays
from tickets.models import Site

pytestmark = pytest.mark.django_db


def run(path: Path, text: str) -> tuple[str, str]:
    out, err, file = StringIO(), StringIO(), path / "network.csv"
    file.write_text(text, encoding="utf-8-sig")
    call_command("import_connections", str(file), stdout=out, stderr=err)
    return out.getvalue().strip(), err.getvalue().strip()


def test_a_flat_and_a_whole_complex_hang_on_it_and_the_same_table_again_changes_nothing(
    tmp_path: Path, lays: Lays, sites: list[Site]
) -> None:
    segment = lays(under=[])
    table = "segment,territory,complex,address\ntrunk-7,north,SUNNY  Gardens,flat 2\ntrunk-7,north,Harbour View,\n"
    assert run(tmp_path, table) == ("2 rows, 0 rejected; 7 sites connected, 0 were already.", "")
    hanging = {connection.site for connection in segment.connections.filter(until=None).select_related("site")}
    assert hanging == {sites[1], *sites[6:]}
    assert run(tmp_path, table)[0] == "2 rows, 0 rejected; 0 sites connected, 7 were already."
    assert segment.connections.count() == 7


def test_what_is_not_known_is_listed_with_its_line_and_the_others_stand(tmp_path: Path, lays: Lays) -> None:
    segment = lays(under=[])
    table = (
        "territory,segment,complex,address\n"
        "south,trunk-7,Sunny Gardens,Flat 1\n"
        "north,trunk-7,Sunny Gardens,Flat 99\n"
        "north,trunk-7,Sunny Gardens,Flat 1\n"
    )
    said, listed = run(tmp_path, table)
    assert said == "3 rows, 2 rejected; 1 sites connected, 0 were already."
    assert listed.splitlines() == [
        "line 2: There is no segment 'trunk-7' in a territory 'south'.",
        "line 3: There is no site 'Sunny Gardens', 'Flat 99' in the territory 'north'.",
    ]
    assert segment.connections.count() == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "empty"), ("territory,segment,address\n", "complex"), ('territory,segment,complex,address\n"n', "CSV")],
)
def test_a_file_that_is_no_such_table_is_refused(tmp_path: Path, lays: Lays, text: str, said: str) -> None:
    lays(under=[])
    with pytest.raises(CommandError, match=said):
        run(tmp_path, text)
