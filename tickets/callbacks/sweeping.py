"""Warnings of callbacks."""

from collections.abc import Sequence
from datetime import datetime

from sync.commands import Actor
from tickets.callbacks import telling
from tickets.callbacks.models import Callback, CallbackEvent
from tickets.clock.moments import Warned, sweep


def sweep_callbacks(*, at: datetime) -> int:
    """Give all warnings that are due at `at`. Answers how many."""
    return sweep(Callback.objects.select_related("responsible"), _warn, at=at)


def _warn(warnings: Sequence[Warned[Callback]], actor: Actor, at: datetime) -> None:
    CallbackEvent.objects.bulk_create(
        CallbackEvent(
            callback=warning.row,
            kind=CallbackEvent.Kind.WARNED,
            responsible=warning.row.responsible,
            round=warning.row.round,
            percent=warning.percent,
            occurred_at=warning.moment,
            received_at=at,
        )
        for warning in warnings
    )
    for warning in warnings:
        telling.warn(warning.row, warning.percent, actor=actor)
