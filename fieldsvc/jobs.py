"""Background work, kept in PostgreSQL by procrastinate and done by `manage.py worker`.

Every app's `jobs.py` is imported at start (`PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"`) and declares its tasks:

    from procrastinate.contrib.django import app

    @app.periodic(cron="* * * * * */5")         # six fields: the last one is seconds, so every five seconds
    @app.task(queueing_lock="clock.fire_due")   # never two of them waiting
    def fire_due_thresholds(timestamp: int) -> None: ...

A job may run more than once: whoever was doing it may have died after the work and before the tick. And its
arguments are kept in a table: pass ids, never codes or telephone numbers.
"""

from django.db import connection
from procrastinate import JobContext, PsycopgConnector
from procrastinate.contrib.django import app

from fieldsvc.garbage import keep_what_is_loaded
from sync.audit.context import through

__all__ = ["app", "run_worker"]

CONCURRENCY = 4
"""How many jobs one worker does at the same time."""

LAST_WORDS_SECONDS = 10
"""How long a worker that is told to stop may finish what it has begun. The rest is done by the next one."""


def run_worker() -> None:
    """Do jobs until the process is told to stop by SIGINT or SIGTERM.

    Jobs that succeeded are deleted; those that failed stay, to be looked at.
    """
    keep_what_is_loaded()  # the response clock takes a third less time
    with through("worker"), app.replace_connector(worker_connector()):
        app.run_worker(concurrency=CONCURRENCY, shutdown_graceful_timeout=LAST_WORDS_SECONDS, delete_jobs="successful")


def worker_connector() -> PsycopgConnector:
    """A connection to our database on which each query is planned anew.

    PostgreSQL would keep the plan made while the queue was empty, and then do 35 jobs per second instead of 545.
    """
    parameters = connection.get_connection_params()
    for for_django_only in ("context", "cursor_factory"):
        parameters.pop(for_django_only, None)
    parameters["options"] = f"{parameters.get('options', '')} -c plan_cache_mode=force_custom_plan".strip()
    return PsycopgConnector(kwargs=parameters)


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="jobs.retry_abandoned", pass_context=True)
async def retry_abandoned_jobs(context: JobContext, timestamp: int) -> None:
    """Jobs whose worker was killed while it did them are done again."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs():
        await manager.retry_job(job)
