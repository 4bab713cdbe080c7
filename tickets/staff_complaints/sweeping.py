"""Warnings that a first reply is due."""

from collections.abc import Sequence
from datetime import datetime

from sync.commands import Actor
from tickets.clock.moments import Warned, sweep
from tickets.staff_complaints import telling
from tickets.staff_complaints.models import StaffComplaint, StaffComplaintEvent


def sweep_staff_complaints(*, at: datetime) -> int:
    """Give all warnings that are due at `at`. Answers how many."""
    return sweep(StaffComplaint.objects.all(), _warn, at=at)


def _warn(warnings: Sequence[Warned[StaffComplaint]], actor: Actor, at: datetime) -> None:
    StaffComplaintEvent.objects.bulk_create(
        StaffComplaintEvent(
            complaint=warning.row,
            kind=StaffComplaintEvent.Kind.WARNED,
            concerned_id=warning.row.concerned_id,
            percent=warning.percent,
            occurred_at=warning.moment,
            received_at=at,
        )
        for warning in warnings
    )
    for warning in warnings:
        telling.warn(warning.row, warning.percent, actor=actor)
