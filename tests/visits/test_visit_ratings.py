"""Technicians say how satisfied they were with the help they had; the desk that is spoken of does not read it."""

from typing import Any

import pytest
from django.db import ProgrammingError, transaction

from accounts.models import Role, RoleGrant, User
from notifications.models import Notice
from sync.ids import uuid7
from tests.standing import standing
from tests.statements import statements
from tests.visits.conftest import DONE, HERE
from tickets.complaints.models import TicketEvent
from tickets.ratings.defaults import ensure_rating_reasons
from tickets.ratings.models import RatingReason, VisitRating

RATINGS = "/api/v1/visit-ratings"


@pytest.fixture(autouse=True)
def _reasons(db: None) -> None:
    ensure_rating_reasons()


@pytest.fixture
@standing
def finished(people, do, visit):
    """The technician was there, and is done."""
    do(people.technician, visit, "check-in", **HERE)
    do(people.technician, visit, "edit", checklist_answers={"tight": True})
    assert do(people.technician, visit, "complete", **DONE)["status"] == "completed"
    return visit


def rates(api, person, visit, **told: Any) -> Any:
    return api(person).post(f"/api/v1/visits/{visit.pk}/rate", told)


def test_supervisors_and_the_technician_read_it_and_nobody_else(api, people, finished):
    told = {"score": 4, "reasons": ["well_planned", "well_informed", "well_planned"], "comment": "All was there."}
    answer = rates(api, people.technician, finished, **told)
    assert answer.status_code == 201
    rating = answer.json()
    assert (rating["score"], rating["reasons"], rating["comment"]) == (
        4,
        ["well_informed", "well_planned"],
        "All was there.",
    )
    assert (rating["technician_name"], rating["ticket_reference"]) == ("Tom Technician", finished.ticket.reference)
    RoleGrant.objects.create(user=people.southern_dispatcher, role=Role.SUPERVISOR, territory=people.south)
    southern = User.objects.get(pk=people.southern_dispatcher.pk)
    for person in (people.technician, people.supervisor, people.administrator):
        assert api(person).get(RATINGS).json()["results"] == [rating]
    for person in (people.colleague, people.dispatcher, people.agent, southern):
        assert api(person).get(RATINGS).json()["results"] == []
        assert api(person).get(f"{RATINGS}/{rating['id']}").status_code == 404
    assert api(people.resident).get(RATINGS).status_code == 403
    assert not TicketEvent.objects.filter(kind__contains="rated").exists()


def test_it_is_said_once_the_visit_is_over_done_or_not(api, people, do, visit):
    do(people.technician, visit, "check-in", **HERE)
    early = rates(api, people.technician, visit, score=2)
    assert (early.status_code, early.json()["code"], early.json()["visit_status"]) == (
        409,
        "visit_not_ended",
        "on_site",
    )
    do(people.technician, visit, "leave-incomplete", reason="no part", next_visit_wanted=True)
    assert rates(api, people.technician, visit, score=2, reasons=["part_missing"]).status_code == 201


def test_it_is_said_once(api, people, finished):
    pk = str(uuid7())
    for _ in range(2):
        assert rates(api, people.technician, finished, score=4, id=pk).status_code == 201
    for told in ({"score": 5, "id": pk}, {"score": 4}):
        assert rates(api, people.technician, finished, **told).json()["code"] == "already_rated"
    assert VisitRating.objects.get().score == 4
    for change in (lambda: VisitRating.objects.update(score=5), lambda: VisitRating.objects.all().delete()):
        with pytest.raises(ProgrammingError), transaction.atomic():
            change()


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({}, "required"),
        ({"score": 0}, "min_value"),
        ({"score": 6}, "max_value"),
        ({"score": 2, "reasons": ["late"]}, "reason_unknown"),  # that is what residents say
        ({"score": 5, "reasons": ["part_missing"]}, "reason_unknown"),
        ({"score": 2, "reasons": "part_missing"}, "not_a_list"),
    ],
)
def test_a_wrong_rating_is_refused(api, people, finished, told: dict[str, Any], code: str):
    answer = rates(api, people.technician, finished, **told)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, code)
    assert not VisitRating.objects.exists()


def test_nobody_rates_for_somebody_else(api, people, finished):
    assert rates(api, people.colleague, finished, score=5).status_code == 404
    for person in (people.dispatcher, people.supervisor, people.administrator):
        assert rates(api, person, finished, score=5).json()["code"] == "not_your_visit"


def test_from_where_somebody_is_dissatisfied_the_supervisors_hear_of_it(api, people, finished):
    assert people.supervisor
    rates(api, people.technician, finished, score=2, reasons=["not_helped"], comment="Nobody answered.")
    notice = Notice.objects.get(kind="technician_dissatisfied")
    assert (notice.user, notice.body, notice.body_zh) == (people.supervisor, "Nobody answered.", "Nobody answered.")
    assert notice.title == f"Tom Technician was dissatisfied at {finished.ticket.reference}: 2 of 5"


def test_without_signal_it_is_said_with_the_work_and_counts_once(people, phone, visit):
    handset = phone(people.technician)
    handset.pull()
    handset.does("visit.check_in", hours_ago=3, visit_id=visit, **HERE)
    handset.does("visit.edit", hours_ago=2, visit_id=visit, checklist_answers={"tight": True}, base={})
    handset.does("visit.complete", hours_ago=2, visit_id=visit, **DONE)
    handset.does("visit.rate", hours_ago=2, id=str(uuid7()), visit_id=visit, score=3, reasons=["badly_planned"])
    RatingReason.objects.filter(code="badly_planned").update(is_active=False)  # taken off the list meanwhile
    handset.push(reply_is_lost=True)
    assert handset.push() == ["applied"] * 4
    rating = VisitRating.objects.get()
    assert (rating.visit, rating.score, rating.reasons, rating.flags) == (visit, 3, ["badly_planned"], [])
    assert rating.occurred_at < rating.received_at


def test_what_was_said_of_a_visit_that_was_given_away_is_kept_and_flagged(people, do, phone, visit):
    handset = phone(people.technician)
    handset.pull()
    do(people.dispatcher, visit, "reassign", technician_id=people.colleague.pk, reason="Tom does not answer.")
    handset.does("visit.complete", hours_ago=2, visit_id=visit, **DONE)
    handset.does("visit.rate", hours_ago=2, visit_id=visit, score=1, comment="Nobody told me.")
    assert handset.push() == ["conflict", "applied"]
    assert VisitRating.objects.get().flags == ["overtaken"]


def test_a_page_of_ratings_costs_the_same_however_many_there_are(api, people, finished):
    rates(api, people.technician, finished, score=2)
    client = api(people.supervisor)
    client.get(RATINGS)
    with statements(2):  # who is it, and the rows
        assert len(client.get(RATINGS, {"score_to": 2, "territory": people.north.pk}).json()["results"]) == 1
