"""What the worker does by the clock. Cron lines have seconds as their sixth field."""

from procrastinate.contrib.django import app

from fieldsvc.time import now
from notifications.messages.delivery import deliver_due_messages
from notifications.messages.services import DELIVER_TASK
from notifications.notices.services import ESCALATIONS_PER_COMMAND, escalate_unacknowledged
from sync.commands import Actor

EVERY_FIVE_SECONDS = "* * * * * */5"
ESCALATE_TASK = "notifications.escalate_notices"


@app.periodic(cron=EVERY_FIVE_SECONDS)
@app.task(name=ESCALATE_TASK, queueing_lock=ESCALATE_TASK)
def escalate_notices(timestamp: int | None = None) -> None:
    """Tell dispatchers of notices that nobody acknowledged in time."""
    while escalate_unacknowledged(actor=Actor.system(), occurred_at=now()) == ESCALATIONS_PER_COMMAND:
        pass


@app.periodic(cron=EVERY_FIVE_SECONDS)
@app.task(name=DELIVER_TASK, queueing_lock=DELIVER_TASK)
def deliver_messages(timestamp: int | None = None) -> None:
    """Send the messages that are due. Also called at once when one was written."""
    deliver_due_messages()
