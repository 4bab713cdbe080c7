"""Routes of notices."""

from django.urls import path

from notifications.notices.views import NoticeViewSet, UnacknowledgedView

urlpatterns = [
    path("notices", NoticeViewSet.as_view({"get": "list"}), name="notices"),
    path("notices/unacknowledged", UnacknowledgedView.as_view(), name="notices-unacknowledged"),
    path("notices/<uuid:pk>/acknowledge", NoticeViewSet.as_view({"post": "acknowledge"}), name="notice-acknowledge"),
]
