"""Commands on notices."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction

from fieldsvc.time import now
from notifications import bus, kinds, surroundings
from notifications.escalations.steps import next_due, steps_for
from notifications.notices import access
from notifications.notices.models import Notice
from notifications.notices.ways import tell_by_their_ways
from sync.commands import Actor, at_end, comes_last, command
from sync.rows import fresh
from sync.work import insert_unless_there

Subject = tuple[str, UUID]
"""The document that a notice is about: collection and id."""


@command
def notify(
    *,
    actor: Actor,
    to: Iterable[Any],
    kind: str,
    subject: Subject,
    text: Mapping[str, Any],
    dedupe_key: str,
    ticket_id: UUID | None = None,
    territory_id: UUID | None = None,
    wants_ack: bool = False,
    urgent: bool = False,
    cause: Notice | None = None,
) -> None:
    """Tell each person in `to`, as part of the command that made it true; connected sockets hear after the commit.

    `text` fills the placeholders of the kind's words (see `notifications/kinds.py`), `subject` names the document
    that a tap on the notice opens. A person who was already told under this `dedupe_key` is not told again. A notice
    that `wants_ack` needs `territory_id`: as long as it is not acknowledged, the steps of the plan for this kind and
    territory are taken, see `notifications/escalations`.
    """
    at = now()
    notices = []
    for person in to:
        words = kinds.write(kind, text, person.time_zone)
        notices.append(
            fresh(
                Notice,
                user=person,
                kind=kind,
                subject_collection=subject[0],
                subject_id=subject[1],
                ticket_id=ticket_id,
                territory_id=territory_id,
                title=words.title,
                title_zh=words.title_zh,
                body=words.body,
                body_zh=words.body_zh,
                data=dict(text),
                urgent=urgent,
                wants_ack=wants_ack,
                dedupe_key=f"{dedupe_key}:{person.pk}",
                created_at=at,
                cause=cause,
            )
        )
    at_end(_write, *notices)


@comes_last
def _write(items: Sequence[Notice | Subject]) -> None:
    """Write the notices that a command has left, and end the waiting for answers that it has settled, in its order."""
    settled = {item: index for index, item in enumerate(items) if not isinstance(item, Notice)}
    notices = [item for item in items if isinstance(item, Notice)]
    _plan([notice for notice in notices if notice.wants_ack])
    for index, item in enumerate(items):
        if isinstance(item, Notice) and settled.get((item.subject_collection, item.subject_id), -1) > index:
            item.escalate_at = None
    if settled:
        awaited = Notice.objects.filter(subject_id__in={pk for _, pk in settled}, escalate_at__isnull=False)
        ours = [
            pk
            for pk, collection, subject_id in awaited.values_list("pk", "subject_collection", "subject_id")
            if (collection, subject_id) in settled
        ]
        Notice.objects.filter(pk__in=ours).update(escalate_at=None)
    written = insert_unless_there(notices)
    aloud = tell_by_their_ways([notice for notice in notices if notice.pk in written])
    transaction.on_commit(partial(bus.announce, [(notice.user_id, notice.pk) for notice in aloud]))


def _plan(awaited: Sequence[Notice]) -> None:
    """Give them the steps that are taken until somebody acknowledges them."""
    steps = steps_for({(notice.kind, notice.territory_id) for notice in awaited}) if awaited else {}
    for notice in awaited:
        notice.steps = list(steps[notice.kind, notice.territory_id])
        notice.escalate_at = next_due(notice.created_at, notice.steps, taken=0)


@command
def acknowledge_notice(*, actor: Actor, occurred_at: datetime, notice_id: UUID) -> Notice:
    """The person has seen it. The first acknowledgement stands; repeating it changes nothing."""
    notice = access.notice_to_acknowledge(actor, notice_id)
    if notice.acknowledged_at is None:
        notice.acknowledged_at = occurred_at
        notice.acknowledged_device_id = actor.device_id
        notice.escalate_at = None
        notice.save(update_fields=["acknowledged_at", "acknowledged_device", "escalate_at"])
        if notice.escalated_at:
            surroundings.acknowledged(notice, actor=actor, at=occurred_at)
    return notice


@command
def stop_waiting(subject: Subject) -> None:
    """Nobody needs to acknowledge what was said about `subject` any more: it was answered, or no longer matters.

    To be called by the command that settles it (a visit accepted, declined, reassigned, cancelled), so that
    dispatchers do not hear of a silence that is none.
    """
    at_end(_write, subject)


@command
def expect_answers_at(territory_id: UUID, *, about: Collection[UUID]) -> None:
    """These tickets have another desk now: what nobody acknowledges of them goes to the dispatchers there."""
    Notice.objects.filter(escalate_at__isnull=False, ticket_id__in=about).update(territory_id=territory_id)
