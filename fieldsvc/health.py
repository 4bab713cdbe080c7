"""Whether this process lives, and whether it can do its work.

`/healthz` asks nobody else: who restarts processes asks here. `/readyz` looks at the database: who sends us requests
asks here. Answers look like the IETF draft `application/health+json`, with one entry per check.
"""

from datetime import datetime
from typing import Literal, TypedDict

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Max
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.cache import never_cache
from procrastinate.contrib.django.models import ProcrastinateWorker

from fieldsvc.time import now

WORKER_SILENCE_SECONDS = 30
"""A worker sends a sign of life every 10 s; one that was silent for this long is taken for dead."""

Status = Literal["pass", "warn", "fail"]


class Check(TypedDict):
    """One thing looked at. `output` says what is wrong, and only when something is."""

    status: Status
    output: str


@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """200 as long as requests are answered at all."""
    return _answer({})


@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when the database answers and is up to date, else 503. A missing worker is only reported."""
    try:
        return _answer({"database": _passed(), "migrations": _migrations(), "worker": _worker()})
    except DatabaseError:
        return _answer({"database": Check(status="fail", output="The database does not answer.")})


def _migrations() -> Check:
    executor = MigrationExecutor(connection)
    missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    return Check(status="fail", output=f"{missing} migrations are not applied.") if missing else _passed()


def _worker() -> Check:
    last_sign: datetime | None = ProcrastinateWorker.objects.aggregate(last=Max("last_heartbeat"))["last"]
    if last_sign is None:
        return Check(status="warn", output="No worker has started.")
    silence = (now() - last_sign).total_seconds()
    if silence > WORKER_SILENCE_SECONDS:
        return Check(status="warn", output=f"No worker was heard of for {silence:.0f} s.")
    return _passed()


def _passed() -> Check:
    return Check(status="pass", output="")


def _answer(checks: dict[str, Check]) -> JsonResponse:
    failed = any(check["status"] == "fail" for check in checks.values())
    return JsonResponse(
        {"status": "fail" if failed else "pass", "checks": checks},
        status=503 if failed else 200,
        content_type="application/health+json",
    )


urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
]
