"""What every connection to PostgreSQL is told."""

import pytest

from fieldsvc.settings import database
from sync.sql import execute


@pytest.mark.django_db
def test_whoever_has_a_server_of_their_own_need_not_know_how_long_it_may_plan() -> None:
    assert execute("SHOW join_collapse_limit") == [("6",)]


def test_what_the_address_says_of_its_own_counts() -> None:
    options = database("postgresql://host/name?options=-c%20join_collapse_limit%3D8")["OPTIONS"]
    assert isinstance(options, dict)
    assert options["options"] == "-c join_collapse_limit=6 -c join_collapse_limit=8"
