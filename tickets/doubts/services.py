"""Judging check-ins, beside the work, and looking at those in doubt.

1. A trigger marks each new check-in (`marks.py`).
2. The worker judges it, and with it those that followed it and are now seen beside another one.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.conf import settings
from django.db import transaction

from sync.commands import Actor, command
from sync.ids import uuid7
from sync.sql import execute
from tickets.doubts import access
from tickets.doubts.judging import Fact, Reasons, Sighting, judge
from tickets.doubts.models import Doubt, DoubtMark
from tickets.doubts.reasons import score

BATCH = 1_000
"""Check-ins that are judged in one transaction, besides those that followed them."""
AGAIN = """
    SELECT later.id FROM tickets_checkin c
    CROSS JOIN LATERAL (
        (SELECT id FROM tickets_checkin l
         WHERE l.technician_id = c.technician_id AND (l.occurred_at, l.id) > (c.occurred_at, c.id)
           AND l.latitude IS NOT NULL AND c.latitude IS NOT NULL
         ORDER BY l.occurred_at, l.id LIMIT 1)
        UNION
        (SELECT id FROM tickets_checkin l
         WHERE l.technician_id = c.technician_id AND (l.occurred_at, l.id) > (c.occurred_at, c.id)
           AND l.occurred_at < c.occurred_at + interval '7 days' AND l.captured ->> 'boot' = c.captured ->> 'boot'
         ORDER BY l.occurred_at, l.id LIMIT 1)
        UNION
        (SELECT id FROM tickets_checkin l
         WHERE l.technician_id = c.technician_id AND l.occurred_at > c.occurred_at
           AND l.occurred_at <= c.occurred_at + interval '30 days'
           AND (l.latitude, l.longitude) = (c.latitude, c.longitude))
    ) later
    WHERE c.id = ANY(%s)
"""
"""Those to which these have become the one before: where they were, what the clock showed, the same coordinates."""
FACTS = """
    SELECT c.id, c.occurred_at, c.latitude, c.longitude, c.accuracy_m, c.mock, c.distance_m, c.outside_fence, c.flags,
           c.captured, before.latitude, before.longitude, before.accuracy_m, before.occurred_at, clock.captured,
           same.times, same.since
    FROM tickets_checkin c
    LEFT JOIN LATERAL (
        SELECT * FROM tickets_checkin p
        WHERE p.technician_id = c.technician_id AND (p.occurred_at, p.id) < (c.occurred_at, c.id)
          AND p.latitude IS NOT NULL
        ORDER BY p.occurred_at DESC, p.id DESC LIMIT 1
    ) before ON true
    LEFT JOIN LATERAL (
        SELECT p.captured FROM tickets_checkin p
        WHERE p.technician_id = c.technician_id AND (p.occurred_at, p.id) < (c.occurred_at, c.id)
          AND p.occurred_at > c.occurred_at - interval '7 days' AND p.captured ->> 'boot' = c.captured ->> 'boot'
        ORDER BY p.occurred_at DESC, p.id DESC LIMIT 1
    ) clock ON true
    CROSS JOIN LATERAL (
        SELECT count(*) AS times, min(p.occurred_at) AS since FROM tickets_checkin p
        WHERE p.technician_id = c.technician_id AND p.occurred_at < c.occurred_at - interval '1 hour'
          AND p.occurred_at >= c.occurred_at - interval '30 days'
          AND (p.latitude, p.longitude) = (c.latitude, c.longitude)
          AND (p.visit_id IS DISTINCT FROM c.visit_id OR c.visit_id IS NULL)
    ) same
    WHERE c.id = ANY(%s)
    ORDER BY c.id
"""
"""Check-ins with what `judge` wants to know. Phones that rest answer with the fix they had: so an hour is nothing, nor
is a whole visit."""


def refresh() -> int:
    """Judge the check-ins that were marked; returns how many. One at a time; none when all is done."""
    with transaction.atomic():
        [(ours,)] = execute("SELECT pg_try_advisory_xact_lock(hashtextextended('tickets.doubts', 0))")
        marks = list(DoubtMark.objects.order_by("id")[:BATCH]) if ours else []
        if not marks:
            return 0
        DoubtMark.objects.filter(pk__in=[mark.pk for mark in marks]).delete()
        marked = [mark.check_in_id for mark in marks]
        again = [check_in_id for (check_in_id,) in execute(AGAIN, [marked])]
        _judge([*{*marked, *again}])
        return len(marks)


def _judge(ids: Sequence[UUID]) -> None:
    """In four statements, however many they are."""
    known = {doubt.check_in_id: doubt for doubt in Doubt.objects.select_for_update().filter(check_in__in=ids)}
    fresh: list[Doubt] = []
    changed: list[Doubt] = []
    cleared: list[UUID] = []
    for check_in_id, fact in _facts(ids):
        reasons = judge(fact, top_speed_kmh=settings.CHECK_IN_TOP_SPEED_KMH)
        doubt = known.get(check_in_id)
        if doubt is None and reasons:
            doubt = Doubt(pk=uuid7(), check_in_id=check_in_id, occurred_at=fact.at)
            doubt.reasons, doubt.score = reasons, score(reasons)
            fresh.append(doubt)
        elif doubt is not None and not reasons and not doubt.note:
            cleared.append(doubt.pk)
        elif doubt is not None and doubt.reasons != reasons:
            changed.append(_with(doubt, reasons))
    Doubt.objects.bulk_create(fresh)
    Doubt.objects.bulk_update(changed, ["reasons", "score", "looked_at", "looked_by"])
    Doubt.objects.filter(pk__in=cleared).delete()


def _with(doubt: Doubt, reasons: Reasons) -> Doubt:
    """The doubt with other reasons. Of one that has come, nobody has seen anything yet."""
    if reasons.keys() - doubt.reasons.keys():
        doubt.looked_at, doubt.looked_by = None, None
    doubt.reasons, doubt.score = reasons, score(reasons)
    return doubt


def _facts(ids: Sequence[UUID]) -> Iterator[tuple[UUID, Fact]]:
    rows = execute(FACTS, [list(ids)])
    for check_in_id, at, lat, lon, accuracy, mock, distance, outside, flags, captured, *others in rows:
        was_lat, was_lon, was_accuracy, was_at, clock, times, since = others
        yield (
            check_in_id,
            Fact(
                at=at,
                place=None if lat is None or lon is None else Sighting(lat, lon, accuracy, at),
                mock=mock,
                distance_m=distance,
                outside_fence=outside,
                flags=flags,
                captured=_object(captured),
                before=None if was_lat is None or was_lon is None else Sighting(was_lat, was_lon, was_accuracy, was_at),
                captured_before=_object(clock),
                times=times,
                since=since,
            ),
        )


def _object(captured: Any) -> dict[str, Any]:
    """What stands in a column of JSON, which comes as text past the ORM."""
    value = orjson.loads(captured) if isinstance(captured, str) else captured
    return value if isinstance(value, dict) else {}


@command
def look_at_doubt(*, actor: Actor, occurred_at: datetime, doubt_id: UUID, note: str) -> Doubt:
    """Somebody who plans there has looked at it, and says what is to be made of it. Once more says something else.

    Raises NotFound, Forbidden("role_required").
    """
    doubt = access.doubt_to_look_at(actor, doubt_id)
    doubt.looked_at, doubt.looked_by, doubt.note = occurred_at, actor.user, note
    doubt.save(update_fields=["looked_at", "looked_by", "note"])
    return doubt


@command
def put_back_doubt(*, actor: Actor, occurred_at: datetime, doubt_id: UUID) -> Doubt:
    """It is to be looked at again; the note stays. Raises NotFound, Forbidden("role_required")."""
    doubt = access.doubt_to_look_at(actor, doubt_id)
    doubt.looked_at, doubt.looked_by = None, None
    doubt.save(update_fields=["looked_at", "looked_by"])
    return doubt
