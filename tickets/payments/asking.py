"""What the provider is asked for, by the worker: outside of any transaction, and again later where that may help.

A row that waits has `attempts` and `next_try_at`. Whoever takes it holds it for `LEASE`, so that any number of workers
may do this; one that dies is followed by another, who asks the same under the same reference.
"""

import logging
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import TypeVar

from django.db import transaction
from django.db.models import QuerySet

from fieldsvc.time import now
from tickets.payments.models import PaymentLink
from tickets.payments.providers import ProviderError
from tickets.refunds.models import Repayment

logger = logging.getLogger(__name__)
BACKOFF = tuple(timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 3600))
"""How long to wait after each failed attempt; after one more it has failed."""
LEASE = timedelta(minutes=2)
Wanted = TypeVar("Wanted", PaymentLink, Repayment)
T = TypeVar("T")


def due(waiting: QuerySet[Wanted], at: datetime) -> Iterator[Wanted]:
    """Those whose time has come, one after the other, each for this worker alone."""
    while True:
        with transaction.atomic():
            rows = waiting.filter(next_try_at__lte=at).order_by("next_try_at")
            row = rows.select_for_update(of=("self",), skip_locked=True).first()
            if row is None:
                return
            row.attempts += 1
            row.next_try_at = at + LEASE
            row.save(update_fields=["attempts", "next_try_at"])
        yield row


def asked(what: str, ask: Callable[[], T]) -> T:
    """The provider's answer. Raises ProviderError, also for a mistake of ours: others must not wait behind it."""
    try:
        return ask()
    except ProviderError:
        raise
    except Exception as error:
        logger.exception("%s could not be asked for", what)
        raise ProviderError(f"{type(error).__name__} in the provider, see the log", retry=True) from error


def try_later(row: Wanted, waiting: QuerySet[Wanted], error: ProviderError) -> bool:
    """Whether it will be; not where that cannot help, or was tried often enough.

    Unless the lease ran out and another worker has begun the next attempt.
    """
    if not error.retry or row.attempts > len(BACKOFF):
        return False
    mine = waiting.filter(pk=row.pk, attempts=row.attempts)
    mine.update(next_try_at=now() + BACKOFF[row.attempts - 1], last_error=str(error))
    return True
