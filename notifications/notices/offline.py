"""Notices on phones: received in both languages, acknowledged without signal."""

from collections.abc import Collection, Iterable, Iterator
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from notifications.notices import services
from notifications.notices.models import Notice
from notifications.notices.serializers import AcknowledgeNoticeInput
from sync.queries import said_once
from sync.registry import Document, Meant, Operation, Write


@said_once
def load(ids: Collection[UUID]) -> QuerySet[Notice]:
    return Notice.objects.filter(pk__in=ids)


def followers(notice: Notice) -> Iterable[str]:
    return [f"person:{notice.user_id}"]


def render(notice: Notice, audience: str) -> dict[str, Any]:
    return {
        "kind": notice.kind,
        "title": notice.title,
        "title_zh": notice.title_zh,
        "body": notice.body,
        "body_zh": notice.body_zh,
        "data": notice.data,
        "urgent": notice.urgent,
        "wants_ack": notice.wants_ack,
        "subject_collection": notice.subject_collection,
        "subject_id": notice.subject_id,
        "ticket_id": notice.ticket_id,
        "created_at": notice.created_at,
        "acknowledged_at": notice.acknowledged_at,
    }


def meaning(write: Write) -> Iterator[Meant]:
    """Whoever writes when they saw it acknowledges it."""
    if write.edited and (seen := write.values("acknowledged_at")):
        yield Meant("notice.acknowledge", {"notice_id": write.id}, frozenset(seen), seen["acknowledged_at"])


OPERATIONS = {"notice.acknowledge": Operation(AcknowledgeNoticeInput, services.acknowledge_notice)}
DOCUMENTS = {"notices": Document(load=load, followers=followers, render=render, meaning=meaning)}
