"""Which devices can be reached."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from django.db.models import F

from fieldsvc.time import now
from notifications.push.models import PushSubscription


def subscriptions_of(people: Collection[UUID]) -> Mapping[UUID, Sequence[PushSubscription]]:
    """By person: those of the devices on which they are signed in now. One query."""
    found: dict[UUID, list[PushSubscription]] = defaultdict(list)
    signed_in = PushSubscription.objects.filter(
        person__in=people, device__token__user=F("person"), device__token__expiry__gt=now(), device__cut_off_at=None
    )
    for subscription in signed_in.order_by("pk"):
        found[subscription.person_id].append(subscription)
    return found
