"""Periodic work on parts."""

from procrastinate.contrib.django import app

from fieldsvc.time import now
from parts.papers import archive_ended
from parts.requisitions.proposing import places_to_look_at, propose
from sync.commands import Actor


@app.periodic(cron="27 * * * *")
@app.task(name="parts.archive_ended", queueing_lock="parts.archive_ended")
def archive_ended_papers(timestamp: int | None = None) -> None:
    """Take what ended long ago off phones and desks."""
    while archive_ended(actor=Actor.system(), occurred_at=now()):
        pass


@app.periodic(cron="11 * * * *")
@app.task(name="parts.propose_replenishment", queueing_lock="parts.propose_replenishment")
def propose_replenishment(timestamp: int | None = None) -> None:
    """Propose what fills places up again that have fallen below their minimum."""
    actor = Actor.system()
    for location_id, lacking in places_to_look_at(now()).items():
        propose(actor=actor, occurred_at=now(), location_id=location_id, lacking=lacking)
