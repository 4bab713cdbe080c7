from django.urls import path

from tickets.calls.views import CallViewSet

urlpatterns = [
    path("calls", CallViewSet.as_view({"get": "list", "post": "create"})),
    path("calls/counts", CallViewSet.as_view({"get": "counts"})),
    path("calls/<uuid:call_id>", CallViewSet.as_view({"get": "retrieve"})),
    path("calls/<uuid:call_id>/end", CallViewSet.as_view({"post": "end"})),
    path("calls/<uuid:call_id>/correct", CallViewSet.as_view({"post": "correct"})),
]
