from django.urls import path

from tickets.replies.views import ReplyTemplateViewSet

urlpatterns = [
    path("reply-templates", ReplyTemplateViewSet.as_view({"get": "list", "post": "create"})),
    path(
        "reply-templates/<uuid:template_id>",
        ReplyTemplateViewSet.as_view({"get": "retrieve", "patch": "partial_update"}),
    ),
    path("reply-templates/<uuid:template_id>/preview", ReplyTemplateViewSet.as_view({"get": "preview"})),
]
