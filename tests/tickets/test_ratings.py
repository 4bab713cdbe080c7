"""How satisfied residents are, why, and what follows when they are not."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import override_settings

from fieldsvc.time import now
from notifications.models import Notice
from tests.people import People
from tests.phone import Phone
from tests.tickets.conftest import Api, codes, url
from tickets.callbacks.models import Callback, CallbackQuota
from tickets.complaints.models import Rating, Ticket
from tickets.ratings.defaults import REASONS, ensure_rating_reasons
from tickets.ratings.models import RatingReason

REASONS_URL = "/api/v1/rating-reasons"


@pytest.fixture(autouse=True)
def _reasons(db: None) -> None:
    ensure_rating_reasons()


def rates(api: Api, people: People, ticket: Ticket, **told: Any) -> Any:
    return api(people.resident).post(url(ticket, "rate"), told)


def test_a_score_comes_with_reasons_and_a_sentence(api: Api, people: People, resolved: Ticket) -> None:
    answer = rates(api, people, resolved, score=4, reasons=["quick", "friendly", "quick"], comment="Thanks")
    rating = answer.json()["rating"]
    assert (rating["score"], rating["reasons"], rating["comment"]) == (4, ["friendly", "quick"], "Thanks")
    assert not Callback.objects.exists()


@pytest.mark.parametrize(
    ("told", "field", "code"),
    [
        ({"score": 6}, "score", "max_value"),
        ({"score": 5, "reasons": ["quick", "late"]}, "reasons[0]", "reason_unknown"),
        ({"score": 5, "reasons": ["no such"]}, "reasons[0]", "reason_unknown"),
        ({"score": 5, "reasons": "quick"}, "reasons", "not_a_list"),
    ],
)
def test_a_wrong_rating_names_the_field_and_counts_for_nothing(
    api: Api, people: People, resolved: Ticket, told: dict[str, Any], field: str, code: str
) -> None:
    answer = rates(api, people, resolved, **told)
    assert (answer.status_code, codes(answer)) == (400, {field: code})
    assert not Rating.objects.exists()


def test_whoever_is_dissatisfied_is_called_back_by_whoever_is_responsible(
    api: Api, people: People, resolved: Ticket
) -> None:
    CallbackQuota.objects.create(territory=people.north, per="agent", most_open=0, valid_from="2020-01-01")
    rates(api, people, resolved, score=2, reasons=["late"], comment="Three hours!")
    callback = Callback.objects.get()
    assert (callback.cause, callback.responsible, callback.ticket) == ("dissatisfied", people.agent, resolved)
    assert callback.question == "2/5 Three hours!"
    assert callback.contact_number == people.resident.phone
    assert callback.due_at - callback.promised_at == timedelta(minutes=30)
    assert Notice.objects.filter(user=people.resident, kind="callback_promised").exists()
    events = api(people.resident).get(url(resolved, "timeline")).json()["results"]
    assert [event["kind"] for event in events][-2:] == ["ticket_rated", "callback_promised"]


def test_where_a_technician_is_responsible_the_team_calls(api: Api, people: People, resolved: Ticket) -> None:
    assert people.agent
    Ticket.objects.filter(pk=resolved.pk).update(responsible=people.technician)
    rates(api, people, resolved, score=1)
    assert Callback.objects.get().responsible is None
    assert Notice.objects.filter(user=people.agent, kind="callback_waiting").exists()


@override_settings(DISSATISFIED_AT=3)
def test_from_which_score_on_somebody_is_dissatisfied_is_configured(api: Api, people: People, resolved: Ticket) -> None:
    rates(api, people, resolved, score=3)
    assert Callback.objects.get().question == "3/5"


@override_settings(DISSATISFIED_AT=0)
def test_nobody_is_called_where_nobody_is_to_be(api: Api, people: People, resolved: Ticket) -> None:
    rates(api, people, resolved, score=1)
    assert not Callback.objects.exists()


def test_a_rating_that_a_phone_reports_late_is_called_back_from_when_we_hear_of_it(
    people: People, resolved: Ticket, phone: type[Phone]
) -> None:
    handset = phone(people.resident)
    handset.pull()
    handset.does("ticket.rate", hours_ago=5, ticket_id=resolved, score=1, reasons=["late"])
    RatingReason.objects.filter(code="late").update(is_active=False)
    heard = now()
    handset.push(reply_is_lost=True)
    assert handset.push() == ["applied"]
    assert Callback.objects.get().promised_at >= heard
    assert Rating.objects.get().reasons == ["late"]


def test_administrators_write_the_reasons(api: Api, people: People) -> None:
    administrator = api(people.administrator)
    made = administrator.post(REASONS_URL, {"code": "rude", "text": "Rude", "text_zh": "粗鲁", "highest": 2})
    assert (made.status_code, made.json()["lowest"]) == (201, 1)
    again = administrator.post(REASONS_URL, {"code": "rude", "text": "Rude", "text_zh": "粗鲁"})
    assert again.json()["code"] == "code_taken"
    address = f"{REASONS_URL}/{made.json()['id']}"
    assert codes(administrator.patch(address, {"lowest": 3})) == {"highest": "scores_not_valid"}
    assert administrator.patch(address, {"is_active": False}).status_code == 200
    on_offer = api(people.resident).get(f"{REASONS_URL}?is_active=true&whose=resident").json()["results"]
    assert {reason["code"] for reason in on_offer} == {code for code, *_ in REASONS}
