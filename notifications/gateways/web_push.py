"""Hands a push to the service of the browser that subscribed, encrypted for it alone."""

from datetime import timedelta

import httpx

from fieldsvc.time import now
from notifications.gateways.answers import must_be_taken
from notifications.gateways.errors import GatewayError, Gone, Unanswered
from notifications.push.keys import authorization, private_key
from notifications.push.models import PushSubscription

TAKEN = (200, 201, 202, 204)
NO_MORE = (404, 410)
"""The browser has unsubscribed, or was given another address."""
SIGNED_FOR = timedelta(hours=12)
"""A push service takes no signature that is good for more than a day."""
KEPT_URGENT, KEPT = timedelta(hours=1), timedelta(days=1)
"""How long the service keeps what it cannot deliver. By then, others have been told of what is urgent."""
TIMEOUT_SECONDS = 10.0


def send_push(subscription: PushSubscription, payload: str, *, topic: str, urgent: bool) -> None:
    """Returns when the service has taken it over. Of one `topic` it keeps the last push only.

    Raises GatewayError, and Gone when there is nothing behind the subscription any more.
    """
    if not private_key():
        raise GatewayError("no key for web push is configured: set VAPID_PRIVATE_KEY", retry=True)
    from pywebpush import WebPusher  # here, as it brings a second HTTP client into whatever process imports it

    keys = {"p256dh": subscription.p256dh, "auth": subscription.auth}
    encrypted = WebPusher({"endpoint": subscription.endpoint, "keys": keys}).encode(payload.encode())
    headers = {
        "Authorization": authorization(subscription.endpoint, expires=(now() + SIGNED_FOR).timestamp()),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(int((KEPT_URGENT if urgent else KEPT).total_seconds())),
        "Urgency": "high" if urgent else "normal",
        "Topic": topic,
    }
    try:
        answer = httpx.post(
            subscription.endpoint, content=bytes(encrypted["body"]), headers=headers, timeout=TIMEOUT_SECONDS
        )
    except httpx.TransportError as error:
        raise Unanswered(f"{type(error).__name__} at the push service") from error
    if answer.status_code in NO_MORE:
        raise Gone(f"HTTP {answer.status_code}: the device is not subscribed any more")
    must_be_taken(answer, TAKEN)
