from django.urls import path
from rest_framework.renderers import JSONRenderer

from tickets.complaints.views import (
    GeoJSONRenderer,
    MessageViewSet,
    NoteViewSet,
    TicketAuditViewSet,
    TicketViewSet,
    TimelineViewSet,
)

STEPS = ("triage", "move", "hold", "resume", "resolve", "cancel", "confirm", "reopen", "rate")

urlpatterns = [
    path("tickets", TicketViewSet.as_view({"get": "list", "post": "create"})),
    path("tickets.geojson", TicketViewSet.as_view({"get": "on_map"}, renderer_classes=(GeoJSONRenderer, JSONRenderer))),
    path("tickets/<uuid:ticket_id>", TicketViewSet.as_view({"get": "retrieve", "patch": "partial_update"})),
    *(path(f"tickets/<uuid:ticket_id>/{step}", TicketViewSet.as_view({"post": step})) for step in STEPS),
    path("tickets/<uuid:ticket_id>/timeline", TimelineViewSet.as_view({"get": "list"})),
    path("tickets/<uuid:ticket_id>/audit", TicketAuditViewSet.as_view({"get": "list"})),
    path("tickets/<uuid:ticket_id>/notes", NoteViewSet.as_view({"get": "list", "post": "create"})),
    path("tickets/<uuid:ticket_id>/messages", MessageViewSet.as_view({"get": "list", "post": "create"})),
]
