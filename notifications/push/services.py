"""Commands on subscriptions."""

from datetime import datetime
from uuid import UUID

from accounts.people.access import own_person
from fieldsvc.errors import Conflict, Invalid
from notifications.push.keys import are_keys, is_push_service, private_key
from notifications.push.models import PushSubscription
from sync.commands import Actor, command


@command
def subscribe(*, actor: Actor, occurred_at: datetime, endpoint: str, p256dh: str, auth: str) -> PushSubscription:
    """From now on this device is told by web push. It takes the place of what the device gave before.

    The same browser may have been somebody else's before: it tells only whoever subscribed last.
    Raises Conflict (`push_not_configured`, `push_needs_device`),
    Invalid (`push_service_unknown`, `push_keys_not_valid`).
    """
    if not private_key():
        raise Conflict("push_not_configured", "There is no web push here.")
    if actor.device_id is None:
        raise Conflict("push_needs_device", "Sign in with a device to be told by web push.")
    if not is_push_service(endpoint):
        raise Invalid("push_service_unknown", "This is no push service that we send to.", field="endpoint")
    if not are_keys(p256dh, auth):
        raise Invalid("push_keys_not_valid", "Send the keys as the browser gave them.", field="keys")
    person = own_person(actor)  # one registration after the other
    PushSubscription.objects.filter(endpoint=endpoint).exclude(device=actor.device_id).delete()
    subscription, _ = PushSubscription.objects.update_or_create(
        device_id=actor.device_id,
        defaults={
            "person": person,
            "endpoint": endpoint,
            "p256dh": p256dh,
            "auth": auth,
            "subscribed_at": occurred_at,
        },
    )
    return subscription


@command
def unsubscribe(*, actor: Actor, occurred_at: datetime) -> None:
    """This device is not told by web push any more. Saying it again changes nothing."""
    PushSubscription.objects.filter(device=actor.device_id, person=actor.user).delete()


@command
def forget(subscription_id: UUID) -> None:
    """The push service says that it is gone."""
    PushSubscription.objects.filter(pk=subscription_id).delete()
