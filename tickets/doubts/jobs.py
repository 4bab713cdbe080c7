"""Periodic work on doubts."""

from procrastinate.contrib.django import app

from tickets.doubts.services import refresh


@app.periodic(cron="* * * * * */20")
@app.task(name="tickets.judge_check_ins", queueing_lock="tickets.judge_check_ins")
def judge_check_ins(timestamp: int | None = None) -> None:
    """Judge the check-ins that have come."""
    while refresh():
        pass
