"""What a notice says to its reader, alone or together with others."""

from collections.abc import Sequence
from typing import NamedTuple

from notifications.notices.models import Notice


class Said(NamedTuple):
    """In the language of the reader."""

    title: str
    body: str


def said(notice: Notice) -> Said:
    """One notice."""
    if notice.user.language == "zh":
        return Said(notice.title_zh, notice.body_zh)
    return Said(notice.title, notice.body)


def merged(notices: Sequence[Notice]) -> Said:
    """One person's notices as one: by their titles, as the app has the rest."""
    if len(notices) == 1:
        return said(notices[0])
    chinese = notices[0].user.language == "zh"
    title = f"{len(notices)} 条通知" if chinese else f"{len(notices)} notices"
    return Said(title, "\n".join(said(notice).title for notice in notices))
