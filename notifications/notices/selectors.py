"""Reads of notices."""

from typing import Any

from django.db.models import QuerySet

from notifications.notices.models import Notice


def notices_of(user: Any) -> QuerySet[Notice]:
    """All that this person was told."""
    return Notice.objects.filter(user=user)


def unacknowledged(user: Any) -> QuerySet[Notice]:
    """What this person has not said to have seen."""
    return notices_of(user).filter(acknowledged_at=None)
