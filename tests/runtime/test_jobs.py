"""Background work survives the death of who does it, and is fetched fast."""

from datetime import timedelta
from types import SimpleNamespace
from typing import cast

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from django.utils import timezone
from procrastinate import JobContext
from procrastinate.contrib.django.models import ProcrastinateJob

from fieldsvc.jobs import app, retry_abandoned_jobs, worker_connector


def job_of_a_worker_last_heard_of(ago: timedelta) -> int:
    """A job that a worker is doing, if it lives."""
    job = retry_abandoned_jobs.configure(queueing_lock=None).defer(timestamp=0)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH worker AS (INSERT INTO procrastinate_workers (last_heartbeat) VALUES (%s) RETURNING id)
            UPDATE procrastinate_jobs SET status = 'doing', worker_id = (SELECT id FROM worker) WHERE id = %s
            """,
            [timezone.now() - ago, job],
        )
    return job


@pytest.mark.django_db
def test_a_job_whose_worker_was_killed_is_done_again() -> None:
    abandoned = job_of_a_worker_last_heard_of(timedelta(minutes=2))
    in_hand = job_of_a_worker_last_heard_of(timedelta(seconds=2))
    context = cast(JobContext, SimpleNamespace(app=app))
    async_to_sync(retry_abandoned_jobs.func)(context, timestamp=0)
    assert ProcrastinateJob.objects.get(id=abandoned).status == "todo"
    assert ProcrastinateJob.objects.get(id=in_hand).status == "doing"


@pytest.mark.django_db
async def test_a_workers_queries_are_planned_anew_each_time() -> None:
    connector = worker_connector()
    await connector.open_async()
    try:
        assert await connector.execute_query_one_async("SHOW plan_cache_mode") == {
            "plan_cache_mode": "force_custom_plan"
        }
    finally:
        await connector.close_async()


def test_every_apps_jobs_are_known() -> None:
    assert {"fieldsvc", "notifications", "sync"} <= {task.partition(".")[0] for task in app.tasks}
