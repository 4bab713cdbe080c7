"""HTTP: the outbox and its dead letters."""

from uuid import UUID

from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from fieldsvc.time import now
from notifications.messages import access, resending
from notifications.messages.filters import MessageFilter
from notifications.messages.models import Message
from notifications.messages.serializers import OutgoingMessageOutput, ResentOutput
from sync.http import actor_of, perform


@extend_schema(tags=["notifications"])
class OutgoingMessageViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Message]):
    """What leaves the house by SMS, e-mail and web push, the newest first. For supervisors and administrators."""

    queryset = Message.objects.none()
    serializer_class = OutgoingMessageOutput
    filter_backends = (DjangoFilterBackend,)
    filterset_class = MessageFilter
    ordering = ["-created_at"]
    ordering_fields = ["created_at"]

    def get_queryset(self) -> QuerySet[Message]:
        return access.messages(actor_of(self.request)).select_related("notice__user")

    @extend_schema(operation_id="outgoing_messages_resend", request=None, responses=OutgoingMessageOutput)
    def resend(self, request: Request, pk: UUID) -> Response:
        """Try a dead letter anew."""
        message = perform(request, None, resending.resend_message, message_id=pk)
        return Response(OutgoingMessageOutput(message).data)

    @extend_schema(operation_id="outgoing_messages_resend_many", request=None, responses=ResentOutput, filters=True)
    def resend_many(self, request: Request) -> Response:
        """Try all dead letters anew that the filters of the list name, the oldest first, 500 at a time."""
        chosen = self.filter_queryset(access.messages(actor_of(request)))
        resent = resending.resend_messages(actor=actor_of(request), occurred_at=now(), chosen=chosen)
        return Response({"resent": resent})
