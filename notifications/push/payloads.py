"""What a push says: no more than the notice shows, and small."""

from typing import Any

import orjson

from notifications.notices.models import Notice

LONGEST_BODY = 300
"""Characters; with the title well below the 4,096 bytes that push services take."""


def payload(notice: Notice) -> str:
    """The notice in the language of its reader, as JSON for the service worker."""
    chinese = notice.user.language == "zh"
    title, body = (notice.title_zh, notice.body_zh) if chinese else (notice.title, notice.body)
    said: dict[str, Any] = {
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
    return orjson.dumps(said).decode()
