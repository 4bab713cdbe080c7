"""What a push says: no more than the notice shows, and small."""

from typing import Any

import orjson

from notifications.notices.models import Notice
from notifications.notices.words import Said

LONGEST_BODY = 300
"""Characters; with the title well below the 4,096 bytes that push services take."""


def payload(notice: Notice, words: Said) -> str:
    """The notice in these words, as JSON for the service worker."""
    title, body = words
    shown: dict[str, Any] = {
        "id": notice.pk,
        "kind": notice.kind,
        "title": title[:LONGEST_BODY],
        "body": body if len(body) <= LONGEST_BODY else body[: LONGEST_BODY - 1] + "…",
        "urgent": notice.urgent,
        "wants_ack": notice.wants_ack,
        "subject": {"collection": notice.subject_collection, "id": notice.subject_id},
        "ticket_id": notice.ticket_id,
        "created_at": notice.created_at,
    }
    return orjson.dumps(shown).decode()
