"""Periodic work of the engine."""

from procrastinate.contrib.django import app

from sync.feed import services


@app.periodic(cron="* * * * * */2")
@app.task(name="sync.catch_up", queueing_lock="sync.catch_up", pass_context=False)
def catch_up(timestamp: int) -> None:
    """Feed what was written past the commands, every two seconds."""
    services.catch_up()
    services.look_again()
