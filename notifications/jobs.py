"""What the worker does by the clock. Cron lines have seconds as their sixth field."""

from procrastinate.contrib.django import app

from fieldsvc.time import now
from notifications.choices.sending import send_held
from notifications.escalations.services import escalate_due
from notifications.messages.delivery import deliver_due_messages
from notifications.messages.services import DELIVER_TASK

EVERY_FIVE_SECONDS = "* * * * * */5"
SEND_HELD_TASK = "notifications.send_held_notices"
ESCALATE_TASK = "notifications.escalate_notices"


@app.periodic(cron=EVERY_FIVE_SECONDS)
@app.task(name=ESCALATE_TASK, queueing_lock=ESCALATE_TASK)
def escalate_notices(timestamp: int | None = None) -> None:
    """Take the next step with notices that nobody acknowledged in time."""
    escalate_due(at=now())


@app.periodic(cron="* * * * *")
@app.task(name=SEND_HELD_TASK, queueing_lock=SEND_HELD_TASK)
def send_held_notices(timestamp: int | None = None) -> None:
    """Send what was held back until now, by quiet hours or for a digest."""
    send_held(at=now())


@app.periodic(cron=EVERY_FIVE_SECONDS)
@app.task(name=DELIVER_TASK, queueing_lock=DELIVER_TASK)
def deliver_messages(timestamp: int | None = None) -> None:
    """Send the messages that are due. Also called at once when one was written."""
    deliver_due_messages()
