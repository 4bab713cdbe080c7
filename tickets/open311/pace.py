"""How often somebody may come to this door: counted as sign-ins are, over any number of processes."""

from datetime import timedelta
from typing import Any

from axes.helpers import get_client_ip_address
from django.conf import settings
from django.db import transaction
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from accounts.signin import limits
from fieldsvc.time import now


class Pace(BaseThrottle):
    """Whoever has a key counts as one person, however many keys they have; everybody else as their address.

    Filing counts twice, by the minute and by the hour. What was asked too often is not counted.
    """

    seconds = 0

    @transaction.atomic
    def allow_request(self, request: Request, view: Any) -> bool:
        """REST framework's hook; what it refuses becomes `too_many_requests`."""
        whose = f"of {request.user.pk}" if request.auth else f"from {limits.network(get_client_ip_address(request))}"
        rules = {f"open311 {whose}": limits.Limit(settings.OPEN311_REQUESTS_PER_MINUTE, timedelta(minutes=1))}
        if request.method == "POST" and request.auth:
            rules[f"open311 filed {whose}"] = limits.Limit(settings.OPEN311_FILED_PER_HOUR, timedelta(hours=1))
        moment = now()
        self.seconds = max(limits.wait(key, limit, at=moment) for key, limit in rules.items())
        for key in rules if not self.seconds else ():
            limits.count(key, at=moment)
        return not self.seconds

    def wait(self) -> float:
        """Seconds until it may be tried again."""
        return self.seconds
