"""How often something may be done: counted in the database, so that it holds over any number of processes.

`wait` looks and holds the key until the transaction ends, `count` adds: so between the two nobody slips past.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from accounts.signin.models import SignInHit
from sync.sql import execute

KEPT_FOR = timedelta(hours=1)
"""No limit looks back further."""


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` times `within` any stretch of this length."""

    most: int
    within: timedelta


def wait(key: str, *limits: Limit, at: datetime) -> int:
    """Seconds until `key` may be counted once more under all `limits`; 0 for now. Keeps others from it meanwhile."""
    execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"sign-in {key}"])
    hits = SignInHit.objects.filter(key=key, at__gt=at - KEPT_FOR).order_by("-at").values_list("at", flat=True)
    newest = list(hits[: max(limit.most for limit in limits)])
    free_at = [newest[limit.most - 1] + limit.within for limit in limits if len(newest) >= limit.most]
    return max(0, math.ceil((max(free_at, default=at) - at).total_seconds()))


def count(key: str, *, at: datetime) -> None:
    """It was done once more."""
    SignInHit.objects.create(key=key, at=at)


def network(address: str | None) -> str:
    """What counts as one address: an IPv6 customer has 2**64 of them, so there the network counts.

    Clients whose address the server does not tell (a Unix socket without proxy headers) have one address together.
    """
    if not address:
        return "unknown"
    parsed = ip_address(address)
    return str(ip_network((parsed, 64), strict=False)) if isinstance(parsed, IPv6Address) else address
