"""HTTP: this device's subscription."""

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from fieldsvc.errors import must_exist
from fieldsvc.time import now
from notifications.push import keys, services
from notifications.push.models import PushSubscription
from notifications.push.serializers import PushKeyOutput, PushSubscriptionInput, PushSubscriptionOutput
from sync.http import actor_of
from sync.serializing import validated


class PushKeyView(APIView):
    @extend_schema(operation_id="push_key", tags=["notifications"], responses=PushKeyOutput)
    def get(self, request: Request) -> Response:
        """The key with which a browser subscribes."""
        return Response({"key": keys.public_key()})


class PushSubscriptionView(APIView):
    @extend_schema(operation_id="me_push_subscription", tags=["notifications"], responses=PushSubscriptionOutput)
    def get(self, request: Request) -> Response:
        """How this device is told; 404 if it is not."""
        actor = actor_of(request)
        mine = PushSubscription.objects.filter(device=actor.device_id, person=actor.user).first()
        return Response(PushSubscriptionOutput(must_exist(mine)).data)

    @extend_schema(
        operation_id="me_push_subscribe",
        tags=["notifications"],
        request=PushSubscriptionInput,
        responses=PushSubscriptionOutput,
    )
    def put(self, request: Request) -> Response:
        """Tell this device by web push. To be sent again after each sign-in, and whenever the browser renews it."""
        told = validated(PushSubscriptionInput, request.data)
        subscription = services.subscribe(
            actor=actor_of(request), occurred_at=now(), endpoint=told["endpoint"], **told["keys"]
        )
        return Response(PushSubscriptionOutput(subscription).data)

    @extend_schema(operation_id="me_push_unsubscribe", tags=["notifications"], request=None, responses={204: None})
    def delete(self, request: Request) -> Response:
        """Do not tell this device by web push any more."""
        services.unsubscribe(actor=actor_of(request), occurred_at=now())
        return Response(status=status.HTTP_204_NO_CONTENT)
