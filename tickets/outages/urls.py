from django.urls import path

from tickets.outages.views import OutageViewSet

STEPS = ("accept", "reject", "message", "attach", "detach", "resolve")

urlpatterns = [
    path("outages", OutageViewSet.as_view({"get": "list", "post": "create"})),
    path("outages/<uuid:outage_id>", OutageViewSet.as_view({"get": "retrieve"})),
    *(path(f"outages/<uuid:outage_id>/{step}", OutageViewSet.as_view({"post": step})) for step in STEPS),
]
