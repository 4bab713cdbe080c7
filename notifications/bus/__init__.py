"""News between processes: what happened in one has to reach the phones that are connected to another.

Whoever has committed something calls `poke()` or `announce()`. A thread collects what comes within a few milliseconds
and publishes it as one small message, on PostgreSQL's NOTIFY or on Redis. Each process with sockets holds one
subscription and hands the news to those sockets whom it concerns.

News carries names, never content: scopes in which there is something to pull, and ids of notices. Publishing never
raises and never waits, so it cannot delay or fail a command. It promises little in return: news may be repeated, and
after a loss of connection it is replaced by "catch up with everything". What must not be lost is in the database.
"""

import logging
import os
from collections.abc import Iterable
from uuid import UUID

from notifications.bus.news import News
from notifications.bus.publisher import Publisher

logger = logging.getLogger(__name__)

_publishers: dict[int, Publisher] = {}
"""By process id, as a forked child inherits neither the thread nor a usable connection."""


def poke(scopes: Iterable[str]) -> None:
    """Tell sockets that there is something new to pull in these scopes. To be called after the commit.

    A poke of `person:<id>` also lets the sockets of that person check anew whether they may still be connected
    and which scopes they hold.
    """
    _publish(News(scopes=set(scopes)))


def announce(notices: Iterable[tuple[UUID, UUID]]) -> None:
    """Tell sockets of new notices, given as pairs of person and notice. To be called after the commit."""
    _publish(News(notices=set(notices)))


def close() -> None:
    """Publish what is pending and let go of the connection. The next news opens another one."""
    publisher = _publishers.pop(os.getpid(), None)
    if publisher:
        publisher.close()


def _publish(news: News) -> None:
    if not news:
        return
    try:
        _publishers.setdefault(os.getpid(), Publisher()).put(news)
    except Exception:
        # The command has been committed; its author must not be told otherwise because a thread did not start.
        logger.exception("news could not be published")
