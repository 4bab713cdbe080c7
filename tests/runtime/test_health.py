"""What `/healthz` and `/readyz` tell those who restart processes and those who send them requests."""

from datetime import timedelta
from unittest.mock import patch

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone


def worker_was_heard_of(ago: timedelta) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (%s)", [timezone.now() - ago])


def test_a_process_that_answers_is_alive_without_any_database(client: Client) -> None:
    answer = client.get("/healthz")  # pytest-django would refuse it the database
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/health+json"
    assert answer.json() == {"status": "pass", "checks": {}}


@pytest.mark.django_db
def test_it_is_ready_when_the_database_is_up_to_date_and_a_worker_lives(client: Client) -> None:
    worker_was_heard_of(timedelta(seconds=5))
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert {name: check["status"] for name, check in answer.json()["checks"].items()} == {
        "database": "pass",
        "migrations": "pass",
        "worker": "pass",
    }


@pytest.mark.django_db
@pytest.mark.parametrize("last_heard_of", [None, timedelta(minutes=1)])
def test_a_missing_worker_is_reported_but_requests_are_welcome(client: Client, last_heard_of: timedelta | None) -> None:
    if last_heard_of is not None:
        worker_was_heard_of(last_heard_of)
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["checks"]["worker"]["status"] == "warn"


@pytest.mark.django_db
def test_a_database_that_waits_for_migrations_is_not_ready(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'contenttypes'")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["status"] == "fail"
    assert "not applied" in answer.json()["checks"]["migrations"]["output"]


def test_a_database_that_does_not_answer_is_not_ready(client: Client) -> None:
    with patch("fieldsvc.health.MigrationExecutor", side_effect=OperationalError):
        answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"] == {"database": {"status": "fail", "output": "The database does not answer."}}
