"""Networks lose answers: a request that is sent again is filed once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection, transaction

from fieldsvc.time import now, time_is
from sync.sql import execute
from tests.at_once import WAITING, at_once
from tests.open311.app import FORM, HOME, RIGHT, App, refusals
from tests.open311.test_photos import photo, send
from tests.people import People
from tests.uploads.conftest import _empty_storage as _empty_storage
from tests.uploads.sending import picture
from tickets.models import Attachment, FiledRequest, Site, Ticket
from tickets.open311.jobs import forget_filed_requests


def keyed(app: App, key: str, path: str = "requests.json", **form: str) -> Any:
    """The form under this key."""
    body = urlencode({**RIGHT, "api_key": str(app.key), **form})
    return app.client.post(f"{HOME}/{path}", body, content_type=FORM, headers={"Idempotency-Key": key})


def test_the_same_key_gets_the_same_answer_whatever_has_become_of_the_ticket(app: App) -> None:
    first = keyed(app, '"f00d"')
    assert first.status_code == 201
    Ticket.objects.update(status="resolved", resolved_at=now())
    again = keyed(app, "f00d")
    assert (again.status_code, again.content) == (201, first.content)
    assert keyed(app, "f00d", path="requests.xml").status_code == 201
    assert Ticket.objects.count() == 1
    assert keyed(app, "beef").status_code == 201
    assert Ticket.objects.count() == 2


def test_another_form_under_the_key_is_refused(app: App) -> None:
    assert keyed(app, "f00d").status_code == 201
    for other in ({"description": "More."}, {"attribute[fault]": "burst"}, {"lat": "1", "long": "2"}):
        answer = keyed(app, "f00d", **other)
        assert (answer.status_code, refusals(answer)) == (422, ["idempotency_key_reused"])
    assert Ticket.objects.count() == 1


def test_keys_are_each_persons_own(app: App, people: People) -> None:
    other = App(people.neighbour)
    assert keyed(app, "f00d").json() != keyed(other, "f00d").json()
    assert keyed(App(None), "f00d").status_code == 403
    assert keyed(App(people.agent), "f00d").status_code == 403
    assert Ticket.objects.count() == 2


def test_what_was_refused_under_a_key_may_be_put_right_under_it(app: App) -> None:
    wrong = keyed(app, "f00d", **{"attribute[fault]": "flood"})
    assert (wrong.status_code, refusals(wrong)) == (400, ["attribute[fault] choice"])
    assert keyed(app, "f00d").status_code == 201


@pytest.mark.parametrize("key", ["", '""', "two words", "x" * 256, "水", 'a"b'])
def test_a_key_that_is_none_is_named(app: App, key: str) -> None:
    answer = keyed(app, key)
    assert (answer.status_code, [words.split()[-1] for words in refusals(answer)]) == (
        400,
        ["idempotency_key_not_valid"],
    )
    assert not Ticket.objects.exists()


def test_without_a_key_the_very_same_form_is_the_same_request_for_an_hour(app: App, people: People) -> None:
    moment = now()
    with time_is(moment):
        first = app.files(description="Water.")
        assert app.files(description="Water.") == first
        assert app.files(description="Much water.") != first
        assert App(people.neighbour).files(description="Water.") != first
    with time_is(moment + timedelta(minutes=59)):
        assert app.files(description="Water.") == first
    with time_is(moment + timedelta(minutes=61)):
        assert app.files(description="Water.") != first


def test_what_is_reported_again_after_a_repair_is_another_request(app: App) -> None:
    first = app.files()
    Ticket.objects.update(status="resolved", resolved_at=now())
    assert app.files() != first


def test_photos_are_of_what_was_said(app: App) -> None:
    first = send(app, photo(picture())).json()
    assert send(app, photo(picture(), "again.jpg")).json() == first
    assert send(app, photo(picture(colour="red"))).json() != first
    assert send(app).json() != first
    assert Attachment.objects.count() == 2


def test_a_key_is_forgotten_after_a_day(app: App) -> None:
    moment = now()
    with time_is(moment):
        first = keyed(app, "f00d").json()
    with time_is(moment + timedelta(hours=23)):
        forget_filed_requests(0)
        assert keyed(app, "f00d").json() == first
    with time_is(moment + timedelta(hours=25)):
        other = keyed(app, "f00d", description="Other.").json()
        assert other != first
    with time_is(moment + timedelta(hours=48)):
        forget_filed_requests(0)
        assert FiledRequest.objects.count() == 1
    with time_is(moment + timedelta(hours=50)):
        forget_filed_requests(0)
        assert not FiledRequest.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_at_the_same_moment_one_files_and_the_other_hears_of_it(app: App) -> None:
    app.files(description="Before.")
    twins = at_once(Site.objects.all(), *[lambda: app.files(description="Water.") for _ in range(2)])
    assert twins[0] == twins[1]
    assert Ticket.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_repeat_by_key_does_not_wait_for_the_first(app: App) -> None:
    app.files(description="Before.")

    def on_own_connection(call: Callable[[], Any]) -> Any:
        try:
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as other:
        with transaction.atomic():
            list(Site.objects.select_for_update())
            first = other.submit(on_own_connection, lambda: keyed(app, "f00d"))
            while execute(WAITING) != [(1,)]:
                assert not first.done()
            early = keyed(app, "f00d")
        assert (early.status_code, refusals(early), early["Retry-After"]) == (409, ["request_in_flight"], "1")
        assert first.result().status_code == 201
    assert keyed(app, "f00d").json() == first.result().json()
    assert Ticket.objects.count() == 2
