"""Routes of the outbox."""

from django.urls import path

from notifications.messages.views import OutgoingMessageViewSet

urlpatterns = [
    path("outgoing-messages", OutgoingMessageViewSet.as_view({"get": "list"})),
    path("outgoing-messages/resend", OutgoingMessageViewSet.as_view({"post": "resend_many"})),
    path("outgoing-messages/<uuid:pk>", OutgoingMessageViewSet.as_view({"get": "retrieve"})),
    path("outgoing-messages/<uuid:pk>/resend", OutgoingMessageViewSet.as_view({"post": "resend"})),
]
