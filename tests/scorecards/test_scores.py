"""What scorecards say: reckoned by the reports' own formulas, weighed, and corrected where somebody says why."""

import csv
from collections.abc import Callable
from datetime import date, timedelta
from io import BytesIO, StringIO
from typing import Any

import openpyxl
import pytest
from django.db import IntegrityError, ProgrammingError, transaction

from accounts.models import Role, RoleGrant, User
from fieldsvc.time import now, time_is
from sync.ids import uuid7
from tests.people import People
from tests.reports.conftest import count_all
from tests.scorecards.conftest import DECEMBER, MONDAY, NOVEMBER, Api, Made, November, criterion_of, marked, weighed
from tests.statements import statements
from tickets.callbacks.models import Callback, CallbackEvent
from tickets.models import Review, Sample, SampledTicket, Scorecard, ScoreMark, Ticket
from tickets.reports.formulas import METRICS
from tickets.scorecards.indicators import OF_TICKETS

REPORT = "/api/v1/reports/tickets"
MARKS = "/api/v1/score-marks"


def ask(api: Api, reader: User, card: Scorecard, **asked: Any) -> Any:
    count_all()
    with time_is(DECEMBER):
        return api(reader).get(f"/api/v1/scorecards/{card.pk}/scores", {"month": NOVEMBER, **asked})


@pytest.fixture
def scored(api: Api, people: People) -> Callable[..., Any]:
    """`scored(card, person)` is their score, as the supervisor reads it."""

    def scored(card: Scorecard, person: User | None = None) -> Any:
        about = {"person": person.pk} if person else {}
        answer = ask(api, people.supervisor, card, territory=people.north.pk, **about)
        assert answer.status_code == 200, answer.json()
        [score] = answer.json()["results"]
        return score

    return scored


def marks(api: Api, by: User, card: Scorecard, indicator: str, about: User | None, **said: Any) -> Any:
    body = {"criterion_id": criterion_of(card, indicator).pk, "month": NOVEMBER, "reason": "Seen on site.", **said}
    body = {"territory_id": by.grants[0].territory_id, "person_id": about.pk if about else None, **body}
    with time_is(DECEMBER):
        return api(by).post(MARKS, body)


# What they say


def test_a_score_is_the_points_by_their_weights(november: November, people: People, scorecard: Made, scored):
    card = scorecard("technician", weighed("on_site_in_target", 60), weighed("first_time_fix", 40, worst=0.5))
    november.of_technician(people.technician, in_time=True)
    november.of_technician(people.technician, in_time=False)
    score = scored(card, people.technician)
    assert (score["subject"]["name"], score["score"], score["coverage"]) == ("Tom Technician", 70, 1)
    on_site, fixed = score["criteria"]
    assert (on_site["name"], on_site["name_zh"]) == ("On site within the target", "到场目标达成率")
    assert (on_site["value"], on_site["of"], on_site["points"], on_site["weight"]) == (0.5, 2, 50, 60)
    assert (fixed["value"], fixed["points"], fixed["share"]) == (1, 100, 0.4)


def test_no_indicator_has_a_formula_of_its_own(november: November, people: People, api: Api, scorecard: Made, scored):
    for _ in range(25):
        ticket = november.ticket(territory=people.north, reported_at=MONDAY + timedelta(hours=november.chance.random()))
        for happens in (november.clock, november.visit, november.rating):
            happens(ticket)
        november.event(ticket, november.chance.choice(["visit_scheduled", "ticket_reopened"]))
    weights = dict.fromkeys(OF_TICKETS, 1) | {"rating": 101 - len(OF_TICKETS)}
    card = scorecard("territory", *(weighed(name, weight) for name, weight in weights.items()))
    score = scored(card)
    asked: dict[str, Any] = {"since": NOVEMBER, "until": date(2026, 11, 30), "territory": people.north.pk}
    report = api(people.supervisor).get(REPORT, asked).json()["total"]
    told = {line["indicator"]: {"value": line["value"], "of": line["of"]} for line in score["criteria"]}
    assert told == {name: {said: report[name][said] for said in ("value", "of")} for name in OF_TICKETS}
    assert {metric.name for metric in METRICS} - OF_TICKETS.keys() == {"callbacks_kept"}


def test_of_what_nothing_is_known_the_others_take_the_weight(
    november: November, people: People, scorecard: Made, scored
):
    weights = {"on_site_in_target": 30, "first_time_fix": 20, "rating": 50}
    card = scorecard("technician", *(weighed(name, weight) for name, weight in weights.items()))
    november.of_technician(people.technician, in_time=False)
    score = scored(card, people.technician)
    assert [line["share"] for line in score["criteria"]] == [0.6, 0.4, 0]
    assert (score["criteria"][2]["value"], score["criteria"][2]["points"]) == (None, None)
    assert (score["score"], score["coverage"]) == (40, 0.5)


def test_whoever_did_nothing_has_no_score_and_not_nought(people: People, scorecard: Made, scored):
    card = scorecard("technician", weighed("on_site_in_target"))
    assert people.technician
    score = scored(card, people.technician)
    assert (score["score"], score["coverage"]) == (None, 0)


def test_too_few_say_nothing(november: November, people: People, scorecard: Made, scored):
    card = scorecard("technician", weighed("on_site_in_target", least=2))
    november.of_technician(people.technician)
    assert scored(card, people.technician)["score"] is None
    november.of_technician(people.technician)
    assert scored(card, people.technician)["score"] == 100


@pytest.mark.parametrize(
    ("worst", "best", "points"),
    [(0, 1, 50), (1, 0, 50), (0.25, 0.75, 50), (0.5, 1, 0), (0, 0.5, 100), (0, 0.25, 100), (0.6, 1, 0), (0.4, 0.2, 0)],
)
def test_points_lie_between_what_is_worst_and_what_is_best(
    november: November, people: People, scorecard: Made, scored, worst: float, best: float, points: float
):
    card = scorecard("technician", weighed("on_site_in_target", worst=worst, best=best))
    november.of_technician(people.technician, in_time=True)
    november.of_technician(people.technician, in_time=False)
    assert scored(card, people.technician)["score"] == points


def test_more_of_the_same_raises_no_score(november: November, people: People, scorecard: Made, scored):
    card = scorecard("technician", weighed("on_site_in_target", 50), weighed("rating", 50, worst=1, best=5))
    for technician, tickets in ((people.technician, 1), (people.colleague, 4)):
        for _ in range(tickets):
            november.rating(november.of_technician(technician), 4)
    assert scored(card, people.technician)["score"] == scored(card, people.colleague)["score"] == 87.5


def test_a_ticket_is_of_every_technician_who_was_there_and_of_the_agent_who_wrote_it_down(
    november: November, people: People, scorecard: Made, scored
):
    ticket = november.of_technician(people.technician, opened_by=people.agent)
    november.visit(ticket, technician=people.colleague, status="incomplete")
    november.visit(november.of_technician(people.technician), technician=people.colleague, status="cancelled")
    technicians = scorecard("technician", weighed("on_site_in_target"))
    agents = scorecard("agent", weighed("on_site_in_target"))
    assert people.second_agent
    found = {
        person.username: scored(card, person)["criteria"][0]["of"]
        for card, person in (
            (technicians, people.technician),
            (technicians, people.colleague),
            (agents, people.agent),
            (agents, people.second_agent),
        )
    }
    assert found == {"technician": 2, "colleague": 1, "agent": 1, "amir": 0}


def test_what_somebody_did_elsewhere_or_in_another_month_is_not_in_it(
    november: November, people: People, scorecard: Made, scored
):
    card = scorecard("technician", weighed("on_site_in_target"))
    for ticket in (november.of_technician(people.technician) for _ in range(3)):
        Ticket.objects.filter(pk=ticket.pk).update(territory=people.south)
    last = november.of_technician(people.technician)
    Ticket.objects.filter(pk=last.pk).update(reported_at=MONDAY - timedelta(days=30))
    november.of_technician(people.technician)
    assert scored(card, people.technician)["criteria"][0]["of"] == 1


def test_callbacks_kept_are_those_of_the_person_about_a_ticket_or_not(people: People, scorecard: Made, scored):
    card, area = scorecard("agent", weighed("callbacks_kept")), scorecard("territory", weighed("callbacks_kept"))
    for person, minutes in ((people.agent, 10), (people.agent, 40), (people.second_agent, 10), (people.agent, None)):
        due = {"due_at": MONDAY + timedelta(minutes=30), "first_due_at": MONDAY + timedelta(minutes=30)}
        callback = Callback.objects.create(
            territory=people.north,
            cause="question",
            question="When?",
            promised_at=MONDAY,
            round_began_at=MONDAY,
            responsible=person,
            first_called_at=MONDAY + timedelta(minutes=minutes) if minutes else None,
            **due,
        )
        CallbackEvent.objects.create(
            callback=callback, kind="promised", responsible=person, round=1, occurred_at=MONDAY, received_at=MONDAY
        )
    [line] = scored(card, people.agent)["criteria"]
    assert (round(line["value"], 4), line["of"]) == (0.3333, 3)
    assert scored(card, people.second_agent)["score"] == 100
    assert scored(area)["criteria"][0]["of"] == 4


def test_samples_count_that_chance_drew_and_somebody_reviewed(
    november: November, people: People, scorecard: Made, scored
):
    cards = [scorecard(kind, weighed("samples_consistent")) for kind in ("technician", "agent", "territory")]

    def reviewed(*verdicts: bool | None, weekly: bool = True, last: date = date(2026, 11, 22)) -> None:
        terms: dict[str, Any] = {"first": last - timedelta(days=6), "last": last, "size": 9, "population": 9}
        sample = Sample.objects.create(territory=people.north, weekly=weekly, drawn_at=MONDAY, **terms)
        for place, consistent in enumerate(verdicts, 1):
            ticket = november.of_technician(people.technician, opened_by=people.agent)
            drawn = SampledTicket.objects.create(sample=sample, ticket=ticket, place=place)
            if consistent is not None:
                found: dict[str, Any] = {"against": "paper", "inconsistent_from": 3, "consistent": consistent}
                review = Review.objects.create(sampled=drawn, reviewer=people.supervisor, reviewed_at=MONDAY, **found)
                SampledTicket.objects.filter(pk=drawn.pk).update(verdict=review)

    reviewed(True, True, True, False, None)
    reviewed(False, False, weekly=False)
    reviewed(False, last=date(2026, 12, 6))
    for card, person in zip(cards, (people.technician, people.agent, None), strict=True):
        [line] = scored(card, person)["criteria"]
        assert (line["value"], line["of"]) == (0.75, 4)


# By which version


def test_each_month_is_judged_by_what_was_weighed_then(
    november: November, people: People, api: Api, scorecard: Made, scored
):
    card = scorecard("technician", weighed("on_site_in_target"))
    november.of_technician(people.technician, in_time=False)
    version = {"valid_from": "2026-12-01", "criteria": [weighed("first_time_fix")]}
    with time_is(MONDAY):
        added = api(people.administrator).post(f"/api/v1/scorecards/{card.pk}/versions", version)
    assert added.status_code == 201
    assert scored(card, people.technician)["score"] == 0
    december = ask(api, people.technician, card, territory=people.north.pk, month="2026-12-31").json()
    assert (december["month"], december["version_id"]) == ("2026-12-01", added.json()["id"])
    assert december["results"][0]["criteria"][0]["indicator"] == "first_time_fix"
    before = ask(api, people.technician, card, territory=people.north.pk, month="2026-10-31")
    assert (before.status_code, before.json()["errors"][0]["code"]) == (400, "month_not_judged")


# What supervisors say


def test_a_correction_stands_beside_what_was_reckoned_with_its_reason(
    november: November, people: People, api: Api, scorecard: Made, scored
):
    card = scorecard("technician", weighed("on_site_in_target"))
    november.of_technician(people.technician, in_time=False)
    made = marks(api, people.supervisor, card, "on_site_in_target", people.technician, points=80, reason="Flood.")
    assert made.status_code == 201
    [line] = scored(card, people.technician)["criteria"]
    assert (line["value"], line["reckoned"], line["points"]) == (0, 0, 80)
    said = line["correction"]
    assert (said["reason"], said["marked_by"]["name"], said["month"]) == ("Flood.", "Sam Supervisor", "2026-11-01")
    marks(api, people.supervisor, card, "on_site_in_target", people.technician, points=None, reason="Not that day.")
    score = scored(card, people.technician)
    assert (score["score"], score["criteria"][0]["correction"]) == (0, None)
    with time_is(DECEMBER):
        said = api(people.technician).get(MARKS).json()["results"]
    assert [(mark["points"], mark["reason"]) for mark in said] == [(None, "Not that day."), (80, "Flood.")]


def test_what_nothing_reckons_a_supervisor_marks(people: People, api: Api, scorecard: Made, scored):
    card = scorecard("technician", weighed("first_time_fix", 75), marked(25))
    marks(api, people.supervisor, card, "mark", people.technician, points=64)
    score = scored(card, people.technician)
    mark = score["criteria"][1]
    assert (score["score"], score["coverage"]) == (64, 0.25)
    assert (mark["name"], mark["name_zh"], mark["reckoned"], mark["points"]) == ("Cooperation", "协作", None, 64)


def test_a_mark_cannot_be_changed_afterwards(people: People, api: Api, scorecard: Made):
    card = scorecard("technician", marked())
    marks(api, people.supervisor, card, "mark", people.technician, points=64)
    for change in (lambda: ScoreMark.objects.update(points=99), lambda: ScoreMark.objects.all().delete()):
        with pytest.raises(ProgrammingError), transaction.atomic():
            change()


def test_nobody_marks_their_own_score(people: People, api: Api, scorecard: Made):
    card = scorecard("technician", marked())
    RoleGrant.objects.create(user=people.technician, role=Role.SUPERVISOR, territory=people.north)
    tom = User.objects.get(pk=people.technician.pk)
    answer = marks(api, tom, card, "mark", tom, points=100)
    assert (answer.status_code, answer.json()["code"]) == (403, "own_score")
    assert marks(api, tom, card, "mark", people.colleague, points=90).status_code == 201
    said = {"criterion": criterion_of(card, "mark"), "territory": people.north, "month": NOVEMBER, "reason": "Me."}
    with pytest.raises(IntegrityError), transaction.atomic():
        ScoreMark.objects.create(person=tom, marked_by=tom, marked_at=DECEMBER, points=100, **said)


def test_a_repeated_mark_is_one_mark(people: People, api: Api, scorecard: Made):
    card, pk = scorecard("territory", marked()), uuid7()
    for _ in range(2):
        assert marks(api, people.supervisor, card, "mark", None, points=64, id=pk).status_code == 201
    assert ScoreMark.objects.count() == 1
    assert marks(api, people.supervisor, card, "mark", None, points=65, id=pk).json()["code"] == "id_taken"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"points": 101}, "max_value"),
        ({"points": -1}, "min_value"),
        ({"points": "many"}, "invalid"),
        ({}, "required"),
        ({"points": 1, "reason": " "}, "blank"),
        ({"points": 1, "month": "2026-10-31"}, "month_not_judged"),
        ({"points": 1, "month": "2027-01-01"}, "month_not_judged"),
        ({"points": 1, "month": "9999-12-31"}, "max_value"),
        ({"points": 1, "person_id": None}, "person_unknown"),
        ({"points": 1, "person_id": "00000000-0000-7000-8000-000000000000"}, "person_unknown"),
        ({"points": 1, "criterion_id": "00000000-0000-7000-8000-000000000000"}, "criterion_unknown"),
        ({"points": 1, "territory_id": "00000000-0000-7000-8000-000000000000"}, "territory_unknown"),
    ],
)
def test_a_mark_that_makes_no_sense_is_refused(
    people: People, api: Api, scorecard: Made, said: dict[str, Any], code: str
):
    card = scorecard("technician", marked())
    answer = marks(api, people.supervisor, card, "mark", people.technician, **said)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, code)
    assert not ScoreMark.objects.exists()


# Who sees them


def test_technicians_see_their_own_score_and_nobody_elses(people: People, api: Api, scorecard: Made):
    card, north = scorecard("technician", marked()), people.north.pk
    assert people.colleague
    RoleGrant.objects.create(user=people.southern_dispatcher, role=Role.SUPERVISOR, territory=people.south)
    southern = User.objects.get(pk=people.southern_dispatcher.pk)
    marks(api, people.supervisor, card, "mark", people.technician, points=64)

    def seen_by(reader: User, **asked: Any) -> Any:
        answer = ask(api, reader, card, territory=north, **asked)
        return [row["subject"]["name"] for row in answer.json()["results"]] if answer.status_code == 200 else answer

    assert seen_by(people.technician) == ["Tom Technician"]
    assert seen_by(people.technician, person=people.colleague.pk) == []
    assert seen_by(people.colleague) == ["Colin Colleague"]
    assert seen_by(people.supervisor) == seen_by(people.administrator) == ["Colin Colleague", "Tom Technician"]
    for stranger in (people.agent, people.dispatcher, people.storekeeper, southern):
        assert seen_by(stranger).status_code == 404
    assert ask(api, southern, card, territory=people.south.pk).json()["results"] == []
    assert seen_by(people.resident).status_code == 403
    told = {person: len(api(person).get(MARKS).json()["results"]) for person in (people.technician, people.colleague)}
    assert (told, api(southern).get(MARKS).json()["results"]) == ({people.technician: 1, people.colleague: 0}, [])
    answer = marks(api, southern, card, "mark", people.technician, points=1, territory_id=north)
    assert answer.json()["errors"][0]["code"] == "territory_unknown"


def test_of_areas_supervisors_see_their_own(people: People, api: Api, scorecard: Made):
    card = scorecard("territory", marked())
    assert people.south
    for person, names in ((people.supervisor, ["North"]), (people.administrator, ["North", "South"])):
        assert [row["subject"]["name"] for row in ask(api, person, card).json()["results"]] == names
    southern = ask(api, people.supervisor, card, territory=people.south.pk)
    assert southern.json()["results"] == []
    assert ask(api, people.technician, card).status_code == 404


def test_people_are_judged_by_territory(people: People, api: Api, scorecard: Made):
    answer = ask(api, people.supervisor, scorecard("technician", marked()))
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "territory_required")


# Pages and tables


def test_a_page_of_scores_costs_the_same_however_many_people_there_are(
    november: November, people: People, api: Api, scorecard: Made
):
    names = ("on_site_in_target", "first_time_fix", "samples_consistent")
    card = scorecard("technician", *(weighed(name, 25) for name in names), marked(25))
    for technician in (people.technician, people.colleague):
        november.of_technician(technician)
    marks(api, people.supervisor, card, "mark", people.technician, points=1)
    count_all()
    client, url = api(people.supervisor), f"/api/v1/scorecards/{card.pk}/scores"
    for size in (1, 50):
        asked: dict[str, Any] = {"month": NOVEMBER, "territory": people.north.pk, "page_size": size}
        with time_is(DECEMBER):
            client.get(url, asked)
            with statements(10):
                page = client.get(url, asked).json()
    assert [row["score"] for row in page["results"]] == [100, 67.0]
    first = client.get(url, {**asked, "page_size": 1}).json()
    [second] = client.get(first["next"]).json()["results"]
    assert [first["results"][0], second] == page["results"]


def test_scores_as_a_table_in_the_language_of_whoever_asks(
    november: November, people: People, api: Api, scorecard: Made
):
    card = scorecard("technician", weighed("on_site_in_target", 50), marked(50))
    november.of_technician(people.technician)
    marks(api, people.supervisor, card, "mark", people.technician, points=60, reason="=Helped, twice")
    asked = {"territory": people.north.pk, "format": "csv"}
    answer = ask(api, people.supervisor, card, **asked)
    assert answer["Content-Disposition"].startswith('attachment; filename="technicians-2026-11-as-of-')
    row = dict(zip(*csv.reader(StringIO(answer.content.decode("utf-8-sig"))), strict=True))
    assert (row["Name"], row["Score"], row["Coverage"]) == ("Tom Technician", "80.0", "1.0")
    assert (row["On site within the target: value"], row["On site within the target: of how many"]) == ("1.0", "1")
    assert (row["Cooperation: points"], row["Cooperation: weight"]) == ("60", "50")
    assert row["Cooperation: corrected because"] == "'=Helped, twice"
    answer = ask(api, people.supervisor, card, **{**asked, "format": "xlsx", "language": "zh"})
    book: Any = openpyxl.load_workbook(BytesIO(answer.content))
    heading, values = ([cell.value for cell in row] for row in book.active.iter_rows())
    assert dict(zip(heading, values, strict=True))["协作：得分"] == 60
    assert heading[:4] == ["名称", "得分", "覆盖率", "到场目标达成率：指标值"]


def test_without_a_month_it_is_of_this_one(people: People, api: Api, scorecard: Made):
    card = scorecard("technician", marked())
    assert people.technician
    with time_is(MONDAY):
        answer = api(people.supervisor).get(f"/api/v1/scorecards/{card.pk}/scores?territory={people.north.pk}")
        assert answer.json()["month"] == f"{now():%Y-%m}-01"
