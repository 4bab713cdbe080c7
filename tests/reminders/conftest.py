"""When it is, in these tests; and the counter, where warranties come from."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from accounts.models import User
from fieldsvc.time import time_is
from notifications.models import Notice
from tests.charges.conftest import counter
from tests.charges.test_warranties import meter, quotes

__all__ = ["counter", "meter", "quotes"]


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """So many days from Monday, 23 November 2026, by the wall clock of the north."""
    return datetime(2026, 11, 23, hour, minute, tzinfo=UTC) + timedelta(days=day, hours=-8)


MONDAY_NOON = at(0, 12)


def reminders(person: User) -> list[Notice]:
    """What this person was reminded of, in order."""
    kinds = ("visit_coming", "contract_ending", "warranty_ending")
    return list(Notice.objects.filter(user=person, kind__in=kinds).order_by("created_at", "pk"))


def runs(job: Callable[[], None], moment: datetime) -> int:
    """The worker does this then, twice; how many reminders there are by now, of whomever."""
    with time_is(moment):
        job()
        job()
    return Notice.objects.filter(kind__in=("visit_coming", "contract_ending", "warranty_ending")).count()
