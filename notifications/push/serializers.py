"""Shapes of subscriptions: as browsers write them."""

from typing import Any

from rest_framework import serializers

from notifications.push.models import LONGEST_ENDPOINT, PushSubscription
from sync.serializing import Input, Output


class PushKeysInput(Input):
    """For whom we encrypt."""

    p256dh = serializers.CharField(max_length=100)
    auth = serializers.CharField(max_length=30)


class PushSubscriptionInput(Input):
    """What `PushSubscription.toJSON()` gives in the browser."""

    endpoint = serializers.CharField(max_length=LONGEST_ENDPOINT)
    keys = PushKeysInput()


class PushSubscriptionOutput(Output, serializers.ModelSerializer[PushSubscription]):
    """By which address this device is told."""

    class Meta:
        model = PushSubscription
        fields = ["endpoint", "subscribed_at"]
        read_only_fields = fields


class PushKeyOutput(serializers.Serializer[Any]):
    """Our public key."""

    key = serializers.CharField(help_text="`applicationServerKey`, base64url; empty when there is no web push here.")
