"""What a scorecard weighs: all of it adds up, holds from one day to another, and is never changed afterwards."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from fieldsvc.time import time_is
from sync.ids import uuid7
from sync.models import AuditEntry
from tests.people import People
from tests.scorecards.conftest import MONDAY, Api, Made, marked, version_of, weighed
from tests.statements import statements
from tickets.models import Criterion, Scorecard, ScorecardVersion

SCORECARDS, VERSIONS = "/api/v1/scorecards", "/api/v1/scorecard-versions"
LONG_AGO = datetime(2020, 1, 5, tzinfo=UTC)


def adds(api: Api, people: People, card: Scorecard, *criteria: dict[str, Any], **said: Any) -> Any:
    body = {"valid_from": "2026-12-01", "criteria": criteria or [weighed("rating", worst=1, best=5)], **said}
    with time_is(MONDAY):
        return api(people.administrator).post(f"{SCORECARDS}/{card.pk}/versions", body)


def test_administrators_say_what_is_weighed_and_everybody_who_works_here_may_read_it(api: Api, people: People):
    client = api(people.administrator)
    body = {"code": "agents", "name": "Agents", "name_zh": "座席", "subject": "agent"}
    made = client.post(SCORECARDS, body)
    assert (made.status_code, made.json()["versions"]) == (201, [])
    assert client.post(SCORECARDS, body).json()["code"] == "code_taken"
    assert client.post(SCORECARDS, {**body, "code": "x", "id": made.json()["id"]}).json()["code"] == "id_taken"
    card = Scorecard.objects.get()
    assert client.patch(f"{SCORECARDS}/{card.pk}", {"name": "The desk"}).json()["name"] == "The desk"
    assert adds(api, people, card, weighed("callbacks_kept", 60, 0.5, 0.95, least=5), marked(40)).status_code == 201
    read = api(people.storekeeper).get(f"{SCORECARDS}/{card.pk}").json()
    [version] = read["versions"]
    assert (read["subject"], version["valid_from"], version["valid_until"]) == ("agent", "2026-12-01", None)
    assert [(one["indicator"], one["weight"], one["least"]) for one in version["criteria"]] == [
        ("callbacks_kept", 60, 5),
        ("mark", 40, 1),
    ]
    assert api(people.supervisor).post(SCORECARDS, body).status_code == 403
    assert AuditEntry.objects.filter(kind="tickets.criterion", actor_id=people.administrator.pk).count() == 2


def test_what_can_be_weighed_is_told_with_its_unit_in_both_languages(api: Api, people: People):
    told = {row["indicator"]: row for row in api(people.supervisor).get("/api/v1/score-indicators").json()}
    assert told["repair_seconds"]["unit"] == "seconds"
    assert (told["rating"]["name"], told["rating"]["name_zh"]) == ("Rating, 1 to 5", "满意度评分")
    assert told["callbacks_kept"]["subjects"] == ["agent", "territory"]


@pytest.mark.parametrize(
    ("criteria", "field", "code"),
    [
        ([], "criteria", "empty"),
        ([weighed("rating", 99)], "criteria", "weights_not_100"),
        ([weighed("rating", 60), marked(50)], "criteria", "weights_not_100"),
        ([weighed("rating", 0), marked()], "criteria[0].weight", "min_value"),
        ([weighed("tickets")], "criteria[0].indicator", "invalid_choice"),
        ([weighed("callbacks_kept")], "criteria[0].indicator", "indicator_not_for_subject"),
        ([weighed("rating", 50), weighed("rating", 50)], "criteria[1].indicator", "criterion_not_valid"),
        ([weighed("rating", worst=3, best=3)], "criteria[0].best", "criterion_not_valid"),
        ([{"indicator": "rating", "weight": 100}], "criteria[0].best", "criterion_not_valid"),
        ([{"indicator": "mark", "weight": 100, "name": "Tidy"}], "criteria[0].name", "criterion_not_valid"),
        ([{**marked(), "worst": 0, "best": 5}], "criteria[0].best", "criterion_not_valid"),
    ],
)
def test_what_cannot_be_weighed_names_the_field(
    api: Api, people: People, scorecard: Made, criteria: list[Any], field: str, code: str
):
    card = scorecard("technician", marked())
    answer = adds(api, people, card, criteria=criteria)
    [error] = answer.json()["errors"]
    assert (answer.status_code, error["code"]) == (400, code)
    assert error["field"].replace(".0", "[0]") == field
    assert version_of(card).valid_until is None


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"valid_from": "2026-12-02"}, "not_a_whole_month"),
        ({"valid_from": "2026-11-01"}, "version_in_past"),
        ({"valid_from": "2026-12-01", "valid_until": "2027-01-30"}, "not_a_whole_month"),
        ({"valid_from": "2026-12-01", "valid_until": "2026-11-30"}, "version_ends_before_it_starts"),
        ({"valid_from": "9999-01-01"}, "max_value"),
    ],
)
def test_it_holds_for_whole_months_and_nobody_is_judged_by_what_they_could_not_know(
    api: Api, people: People, scorecard: Made, said: dict[str, Any], code: str
):
    answer = adds(api, people, scorecard("technician", marked()), **said)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, code)


def test_two_versions_never_hold_at_once(api: Api, people: People, scorecard: Made):
    card = scorecard("technician", marked())
    february = adds(api, people, card, valid_from="2027-02-01", valid_until="2027-03-31").json()
    assert version_of_month(card, 1).valid_until == date(2027, 1, 31)  # one without an end gives way
    for said in ({"valid_from": "2027-03-01"}, {"valid_from": "2026-12-01"}):
        answer = adds(api, people, card, **said)
        assert (answer.status_code, answer.json()["code"]) == (409, "version_overlaps")
    assert answer.json()["version"] == str(version_of_month(card, 1).pk)
    assert adds(api, people, card, valid_from="2027-04-01").status_code == 201
    with pytest.raises(IntegrityError), transaction.atomic():
        ScorecardVersion.objects.filter(pk=february["id"]).update(valid_until=date(2027, 4, 30))


def version_of_month(card: Scorecard, month: int) -> ScorecardVersion:
    day = date(2027, month, 1)
    return ScorecardVersion.objects.filter(scorecard=card, valid_from__lte=day).latest("valid_from")


def test_a_repeated_version_is_one_version(api: Api, people: People, scorecard: Made):
    card, pk = scorecard("technician", marked()), str(uuid7())
    first, again = (adds(api, people, card, id=pk) for _ in range(2))
    assert (first.status_code, first.json()) == (201, again.json())
    assert adds(api, people, card, id=pk, valid_from="2027-01-01").json()["code"] == "id_taken"


def test_a_version_ends_with_a_month_that_is_not_over_and_lasts_no_longer_than_it_did(
    api: Api, people: People, scorecard: Made
):
    card = scorecard("technician", marked())

    def ends(day: str) -> Any:
        with time_is(MONDAY):
            return api(people.administrator).post(f"{VERSIONS}/{version_of(card).pk}/end", {"valid_until": day})

    assert ends("2026-12-30").json()["errors"][0]["code"] == "not_a_whole_month"
    assert ends("2026-10-31").json()["errors"][0]["code"] == "version_in_past"
    assert ends("2027-01-31").json()["valid_until"] == "2027-01-31"
    assert ends("2026-11-30").json()["valid_until"] == "2026-11-30"
    assert (ends("2026-12-31").status_code, ends("2026-12-31").json()["code"]) == (409, "version_ended")


def test_only_what_has_not_begun_is_deleted(api: Api, people: People, scorecard: Made):
    card = scorecard("technician", marked())
    begun, coming = version_of(card).pk, adds(api, people, card, valid_from="2126-12-01").json()["id"]
    client = api(people.administrator)
    with time_is(MONDAY):
        ended = client.post(f"{VERSIONS}/{coming}/end", {"valid_until": "2026-11-30"})
        assert ended.json()["code"] == "version_not_begun"
        assert client.delete(f"{VERSIONS}/{begun}").json()["code"] == "version_begun"
        assert client.delete(f"{VERSIONS}/{coming}").status_code == 204
    check_now()
    assert version_of(card).pk == begun


def check_now() -> None:
    """What the database checks at a commit."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def test_the_database_keeps_what_people_are_judged_by(people: People, scorecard: Made):
    card = scorecard("technician", weighed("rating", 60), marked(40), valid_from=date(2020, 2, 1), at=LONG_AGO)
    version = version_of(card)
    check_now()

    def criterion(weight: int) -> None:
        more = {"indicator": "mark", "name": "More", "name_zh": "其他"}
        Criterion.objects.create(version=version, place=9, weight=weight, **more)
        check_now()

    def another(first: date, last: date | None) -> None:
        ScorecardVersion.objects.create(scorecard=card, valid_from=first, valid_until=last, made_at=LONG_AGO)

    for tampering in (
        lambda: Criterion.objects.update(weight=50),
        lambda: Criterion.objects.filter(indicator="mark").delete(),
        lambda: ScorecardVersion.objects.update(valid_from=date(2020, 3, 1)),
        lambda: ScorecardVersion.objects.all().delete(),
        lambda: criterion(weight=1),
        lambda: criterion(weight=0),
        lambda: another(date(2020, 1, 2), date(2020, 1, 31)),
        lambda: another(date(2020, 5, 1), None),
    ):
        with pytest.raises((IntegrityError, ProgrammingError)), transaction.atomic():
            tampering()


def test_a_page_of_scorecards_costs_the_same_however_many_there_are(api: Api, people: People, scorecard: Made):
    client = api(people.supervisor)
    for kind in ("technician", "agent", "territory"):
        scorecard(kind, weighed("rating", 60), marked(40))
        client.get(SCORECARDS)
        with statements(4):  # who is it; scorecards, versions, criteria
            client.get(SCORECARDS)
    assert [row["code"] for row in client.get(SCORECARDS, {"subject": "agent"}).json()["results"]] == ["agents"]
