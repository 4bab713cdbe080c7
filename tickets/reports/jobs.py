"""Periodic work on reports."""

from procrastinate.contrib.django import app

from tickets.reports.services import BATCH, refresh


@app.periodic(cron="* * * * * */15")
@app.task(name="tickets.refresh_reports", queueing_lock="tickets.refresh_reports")
def refresh_reports(timestamp: int | None = None) -> None:
    """Bring the sums of the reports up to date."""
    while refresh() == BATCH:
        pass
