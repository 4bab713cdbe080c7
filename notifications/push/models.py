"""Where a device can be reached when the app is not open."""

from django.conf import settings
from django.db import models

from sync.ids import uuid7

LONGEST_ENDPOINT = 1_000


class PushSubscription(models.Model):
    """What the browser of a device gave us. One per device; it counts as long as its person is signed in there."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="push_subscriptions")
    device = models.OneToOneField("sync.Device", on_delete=models.CASCADE, related_name="push_subscription")
    endpoint = models.CharField(max_length=LONGEST_ENDPOINT)
    p256dh = models.CharField(max_length=100)
    auth = models.CharField(max_length=30)
    subscribed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["endpoint"], name="one_device_per_push_endpoint")]

    def __str__(self) -> str:
        return f"push to a device of {self.person_id}"
