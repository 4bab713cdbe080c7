"""Warnings of callbacks: each once, in order, also after the worker was down."""

from datetime import datetime

from sync.commands import Actor, command
from tickets.callbacks import telling
from tickets.callbacks.models import Callback, CallbackEvent

PORTION = 200
"""Callbacks per transaction."""


def sweep_callbacks(*, at: datetime) -> int:
    """Give all warnings that are due at `at`. Answers how many."""
    given = 0
    while (warnings := warn_of_portion(actor=Actor.system(), occurred_at=at)) is not None:
        given += warnings
    return given


@command
def warn_of_portion(*, actor: Actor, occurred_at: datetime) -> int | None:
    """The warnings of one portion; None when nothing is due and free.

    Any number of workers may do it at once: a callback that somebody is busy with is left to the next sweep.
    """
    due = Callback.objects.filter(fires_at__lte=occurred_at).select_related("responsible").order_by("fires_at", "id")
    callbacks = list(due.select_for_update(of=("self",), skip_locked=True, no_key=True)[:PORTION])
    events = []
    for callback in callbacks:
        assert callback.fires_at is not None
        for percent, moment in zip(callback.warn_percents, callback.warn_at, strict=True):
            if callback.fires_at <= moment <= occurred_at:
                events.append(
                    CallbackEvent(
                        callback=callback,
                        kind=CallbackEvent.Kind.WARNED,
                        responsible=callback.responsible,
                        round=callback.round,
                        percent=percent,
                        occurred_at=moment,
                        received_at=occurred_at,
                    )
                )
                telling.warn(callback, percent, actor=actor)
        callback.fires_at = min((moment for moment in callback.warn_at if moment > occurred_at), default=None)
    CallbackEvent.objects.bulk_create(events)
    Callback.objects.bulk_update(callbacks, ["fires_at"])
    return len(events) if callbacks else None
