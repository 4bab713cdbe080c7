"""Administrators say what hangs on what; the desk reads it, and what hung there before."""

from typing import Any

import pytest

from sync.ids import uuid7
from tests.people import People
from tests.segments.conftest import CONNECTIONS, SEGMENTS, Api, Lays
from tests.statements import statements
from tickets.models import NetworkConnection, NetworkSegment, ServiceType, Site

pytestmark = pytest.mark.django_db


def codes(answer: Any) -> dict[str, str]:
    return {error["field"]: error["code"] for error in answer.json()["errors"]}


def test_a_segment_is_entered_and_a_complex_hangs_on_it(api: Api, people: People, sites: list[Site]) -> None:
    administrator = api(people.administrator)
    told = {"code": "main-3", "name": "Water main 3", "name_zh": "三号供水管", "territory_id": str(people.north.pk)}
    answer = administrator.post(SEGMENTS, told)
    assert (answer.status_code, answer.json()["sites"], answer.json()["service_types"]) == (201, 0, [])
    url = f"{SEGMENTS}/{answer.json()['id']}"
    assert administrator.post(f"{url}/connect", {"complex": "sunny  gardens"}).json()["sites"] == 6
    more = {"complex": "Sunny Gardens", "site_ids": [str(sites[7].pk)]}
    assert administrator.post(f"{url}/connect", more).json()["sites"] == 7
    assert administrator.post(f"{url}/disconnect", {"site_ids": [str(sites[0].pk)]}).json()["sites"] == 6
    assert administrator.patch(url, {"name": "Main 3", "is_active": False}).json()["name"] == "Main 3"


def test_where_a_site_hung_before_stays_on_record(api: Api, people: People, sites: list[Site], lays: Lays) -> None:
    segment = lays()
    administrator, one = api(people.administrator), {"site_ids": [str(sites[0].pk)]}
    administrator.post(f"{SEGMENTS}/{segment.pk}/disconnect", one)
    administrator.post(f"{SEGMENTS}/{segment.pk}/connect", one)
    agent = api(people.agent)
    rows = agent.get(CONNECTIONS, {"site": str(sites[0].pk)}).json()["results"]
    assert [(row["segment"]["code"], row["until"] is None) for row in rows] == [("trunk-7", True), ("trunk-7", False)]
    assert len(agent.get(CONNECTIONS, {"site": str(sites[0].pk), "current": "true"}).json()["results"]) == 1
    assert len(agent.get(CONNECTIONS, {"segment": str(segment.pk)}).json()["results"]) == 13


def test_segments_are_found_by_what_they_carry(api: Api, people: People, lays: Lays) -> None:
    ServiceType.objects.create(code="gas", name="Gas", name_zh="燃气")
    lays("all", under=[])
    lays("pipe", under=[], service_types=["gas"])
    rows = api(people.agent).get(SEGMENTS, {"service_type": "broadband"}).json()["results"]
    assert [row["code"] for row in rows] == ["all"]


def test_what_makes_no_sense_is_named_and_changes_nothing(
    api: Api, people: People, sites: list[Site], lays: Lays
) -> None:
    segment, administrator = lays(under=[]), api(people.administrator)
    told = {"code": "trunk-7", "name": "Another", "territory_id": str(people.north.pk)}
    assert administrator.post(SEGMENTS, told).json()["code"] == "code_taken"
    answer = administrator.post(SEGMENTS, {**told, "code": "new", "service_types": ["steam"]})
    assert codes(answer) == {"service_types": "service_type_unknown"}
    assert codes(administrator.post(SEGMENTS, {**told, "territory_id": str(uuid7())})) == {
        "territory_id": "territory_unknown"
    }
    elsewhere = Site.objects.create(territory=people.south, address="1 Far Street")
    for body, said in (
        ({}, {"site_ids": "sites_required"}),
        ({"site_ids": [str(sites[0].pk), str(elsewhere.pk)]}, {"site_ids": "site_unknown"}),
        ({"complex": "Nowhere"}, {"complex": "site_unknown"}),
    ):
        assert codes(administrator.post(f"{SEGMENTS}/{segment.pk}/connect", body)) == said
    assert (NetworkSegment.objects.count(), NetworkConnection.objects.count()) == (1, 0)


def test_other_desks_hear_nothing_of_it(api: Api, people: People, lays: Lays) -> None:
    segment = lays()
    stranger = api(people.southern_dispatcher)
    assert stranger.get(f"{SEGMENTS}/{segment.pk}").status_code == 404
    assert stranger.get(SEGMENTS).json()["results"] == stranger.get(CONNECTIONS).json()["results"] == []


def test_the_lists_cost_the_same_however_long_they_are(api: Api, people: People, lays: Lays) -> None:
    lays()
    agent = api(people.agent)
    agent.get(SEGMENTS)
    for url in (SEGMENTS, CONNECTIONS):
        with statements(2):  # who asks, the rows
            assert agent.get(url).json()["results"]
