from django.urls import path

from tickets.attachments.views import AttachmentViewSet, TicketAttachmentViewSet

urlpatterns = [
    path("tickets/<uuid:ticket_id>/attachments", TicketAttachmentViewSet.as_view({"get": "list", "post": "create"})),
    path("attachments/<uuid:pk>", AttachmentViewSet.as_view({"get": "retrieve"})),
    path("attachments/<uuid:pk>/content", AttachmentViewSet.as_view({"get": "content"})),
    path("attachments/<uuid:pk>/thumbnail", AttachmentViewSet.as_view({"get": "thumbnail"})),
    path("attachments/<uuid:pk>/withdraw", AttachmentViewSet.as_view({"post": "withdraw"})),
]
