"""The sweep of what nobody acknowledges: each step once, in order, also after the worker was down."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from accounts.models import Role, User
from accounts.people.selectors import first_with_role
from notifications import surroundings
from notifications.escalations.models import Escalation
from notifications.escalations.steps import Way, due_at, next_due
from notifications.messages.models import Message
from notifications.notices.models import Notice
from notifications.notices.services import notify
from notifications.notices.ways import send_to_the_same
from sync.commands import Actor, command

PORTION = 100
"""Notices per transaction: a long queue after an outage of the worker is committed in portions."""
LADDER = (Role.DISPATCHER, Role.SUPERVISOR, Role.ADMINISTRATOR)


def escalate_due(*, at: datetime) -> int:
    """Take all steps that are due at that moment. Answers how many were taken.

    Any number of workers may do this at the same time: what somebody is busy with is left to the next round.
    """
    taken = 0
    while portion := escalate_portion(actor=Actor.system(), occurred_at=at):
        taken += portion
    return taken


@command
def escalate_portion(*, actor: Actor, occurred_at: datetime) -> int:
    """One portion of the above: how many steps were taken, none when no notice is due and free."""
    notices = _take_due(occurred_at)
    taken: list[Escalation] = []
    for notice in notices:
        for number, step in enumerate(notice.steps):
            due = due_at(notice.created_at, step)
            if number >= notice.steps_taken and due <= occurred_at:
                told = _take(Way(step["way"]), notice, actor=actor, at=occurred_at)
                taken.append(
                    Escalation(
                        notice=notice,
                        number=number,
                        way=step["way"],
                        due_at=due,
                        taken_at=occurred_at,
                        told=[person.pk for person in told],
                    )
                )
                notice.steps_taken = number + 1
                surroundings.escalated(notice, step["way"], actor=actor, at=occurred_at)
        notice.escalate_at = next_due(notice.created_at, notice.steps, notice.steps_taken)
        notice.escalated_at = occurred_at
    Escalation.objects.bulk_create(taken)
    Notice.objects.bulk_update(notices, ["steps_taken", "escalate_at", "escalated_at"])
    return len(taken)


def _take_due(at: datetime) -> Sequence[Notice]:
    """Notices for which it is time, the longest overdue first, locked after their tickets as everybody locks them.

    They are read again under these locks: whoever held one may have acknowledged meanwhile.
    """
    due = Notice.objects.filter(escalate_at__lte=at).order_by("escalate_at", "pk")
    found = dict(due.values_list("pk", "ticket_id")[:PORTION])
    free: set[UUID | None] = {None, *surroundings.free_tickets({ticket for ticket in found.values() if ticket})}
    ours = [notice for notice, ticket in found.items() if ticket in free]
    return list(due.filter(pk__in=ours).select_related("user").select_for_update(of=("self",), skip_locked=True))


def _take(way: Way, notice: Notice, *, actor: Actor, at: datetime) -> Iterable[User]:
    """Walk this way; answers for whom it is meant."""
    if way in (Way.SMS, Way.EMAIL):
        send_to_the_same(notice, Message.Channel(way))
        return [notice.user]
    others = _contacts(way, notice.territory_id)
    notify(
        actor=actor,
        to=others,
        kind="notice_unacknowledged",
        subject=(notice.subject_collection, notice.subject_id),
        text={
            "person": str(notice.user),
            "title": notice.title,
            "title_zh": notice.title_zh,
            "sent_at": notice.created_at,
            "minutes": round((at - notice.created_at).total_seconds() / 60),
        },
        ticket_id=notice.ticket_id,
        territory_id=notice.territory_id,
        urgent=True,
        cause=notice,
        dedupe_key=f"unacknowledged:{notice.pk}",
    )
    return others


def _contacts(way: Way, territory_id: UUID | None) -> list[User]:
    """Who is meant in this territory; where there is none, whoever comes after them: silence must reach somebody."""
    roles = LADDER if way == Way.DISPATCHERS else LADDER[1:]
    return first_with_role(roles, territory_id)
