"""Which promise holds for a ticket: by the policy of its service type, and its priority."""

from collections.abc import Collection, Iterable
from uuid import UUID

from tickets.clock.defaults import ensure_default_policy
from tickets.clock.models import PolicyTarget, TicketClock
from tickets.complaints.models import Ticket

FIELDS = ("policy", "calendar", "target_duration", "limit_duration", "warn_percents", "pausing_reasons")
"""The columns of a clock that hold its terms."""


class Promises:
    """The promises for some tickets, whose service types have been fetched with them. One query, two at most."""

    def __init__(self, tickets: Iterable[Ticket], targets: Collection[str] | None = None) -> None:
        policies = {ticket.service_type.policy_id for ticket in tickets}
        self._standard = ensure_default_policy().pk if None in policies else None
        rows = PolicyTarget.objects.filter(policy__in={policy or self._standard for policy in policies})
        if targets is not None:
            rows = rows.filter(target__in=targets)
        self._rows: dict[tuple[UUID, str, int | None], PolicyTarget] = {
            (row.policy_id, row.target, row.priority): row for row in rows
        }

    def find(self, ticket: Ticket, target: str) -> PolicyTarget | None:
        """What is promised for this ticket: the row for its priority goes before the row for all."""
        policy_id = ticket.service_type.policy_id or self._standard
        assert policy_id is not None
        return self._rows.get((policy_id, target, ticket.priority)) or self._rows.get((policy_id, target, None))


def apply(promise: PolicyTarget, clock: TicketClock) -> None:
    """Let the clock go by these terms. It is the caller who saves and judges it."""
    clock.policy_id = promise.policy_id
    clock.calendar_id = promise.calendar_id
    clock.target_duration = promise.target_duration
    clock.limit_duration = promise.limit_duration
    clock.warn_percents = promise.warn_percents
    clock.pausing_reasons = promise.pausing_reasons
