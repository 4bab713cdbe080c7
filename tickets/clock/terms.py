"""What is promised to a ticket: which policy holds for it, and what that says for its priority."""

from collections.abc import Collection
from datetime import datetime
from functools import cached_property
from uuid import UUID

from tickets.clock.defaults import ensure_default_policy
from tickets.clock.models import PolicyPeriod, PolicyTarget, TicketClock
from tickets.complaints.models import Ticket

FIELDS = ("policy", "calendar", "target_duration", "limit_duration", "warn_percents", "pausing_reasons")
"""The columns of a clock that hold its terms."""


class Policies:
    """Which policy holds for a ticket. The periods are read once: administrators decide on each, so they are few."""

    def __init__(self) -> None:
        self._periods = list(PolicyPeriod.objects.all())

    def find(self, ticket: Ticket) -> UUID:
        """The policy that held when the ticket was reported: see `PolicyPeriod`; else the one of its service type."""
        possible = [
            period
            for period in self._periods
            if period.service_type_id in (None, ticket.service_type_id) and period.covers(ticket.reported_at)
        ]
        # Whose class does not matter is not asked for it.
        if any(period.customer_class for period in possible):
            of_customer = ticket.account.customer_class if ticket.account else ""
            possible = [period for period in possible if period.customer_class in ("", of_customer)]
        if possible:
            return max(
                possible, key=lambda period: (period.customer_class != "", bool(period.service_type_id))
            ).policy_id
        return ticket.service_type.policy_id or self._standard

    @cached_property
    def _standard(self) -> UUID:
        return ensure_default_policy().pk


class Promises:
    """What some policies promise. One query."""

    def __init__(self, policies: Collection[UUID]) -> None:
        rows = PolicyTarget.objects.filter(policy__in=policies)
        self._rows: dict[tuple[UUID, str, int | None], PolicyTarget] = {
            (row.policy_id, row.target, row.priority): row for row in rows
        }

    def find(self, policy_id: UUID, target: str, priority: int) -> PolicyTarget | None:
        """The row for this priority goes before the row for all."""
        return self._rows.get((policy_id, target, priority)) or self._rows.get((policy_id, target, None))

    def clock(
        self, policy_id: UUID, target: str, ticket: Ticket, *, at: datetime, number: int = 1
    ) -> TicketClock | None:
        """The clock of this target on the ticket from `at` on, its `number`th; None where nothing is promised.

        It is the caller who saves it.
        """
        promise = self.find(policy_id, target, ticket.priority)
        if promise is None:
            return None
        clock = TicketClock(ticket=ticket, target=target, round=number, started_at=at)
        apply(promise, clock)
        return clock


def apply(promise: PolicyTarget, clock: TicketClock) -> None:
    """Let the clock go by these terms. It is the caller who saves and judges it."""
    clock.policy_id = promise.policy_id
    clock.calendar_id = promise.calendar_id
    clock.target_duration = promise.target_duration
    clock.limit_duration = promise.limit_duration
    clock.warn_percents = promise.warn_percents
    clock.pausing_reasons = promise.pausing_reasons
