from django.urls import path

from tickets.clock.views import CalendarViewSet, ClockExplanationView, PeriodViewSet, PolicyViewSet, TicketClocksView

urlpatterns = [
    path("tickets/<uuid:ticket_id>/clocks", TicketClocksView.as_view(), name="ticket-clocks"),
    path(
        "tickets/<uuid:ticket_id>/clocks/<slug:target>/explanation",
        ClockExplanationView.as_view(),
        name="ticket-clock-explanation",
    ),
    path("calendars", CalendarViewSet.as_view({"get": "list", "post": "create"}), name="calendars"),
    path(
        "calendars/<uuid:pk>",
        CalendarViewSet.as_view({"get": "retrieve", "patch": "partial_update", "delete": "destroy"}),
        name="calendar",
    ),
    path(
        "calendars/<uuid:pk>/import-holidays",
        CalendarViewSet.as_view({"post": "import_holidays"}),
        name="calendar-import-holidays",
    ),
    path("sla-policies", PolicyViewSet.as_view({"get": "list", "post": "create"}), name="sla-policies"),
    path(
        "sla-policies/<uuid:pk>",
        PolicyViewSet.as_view({"get": "retrieve", "patch": "partial_update", "delete": "destroy"}),
        name="sla-policy",
    ),
    path("sla-policies/<uuid:pk>/periods", PolicyViewSet.as_view({"post": "add_period"}), name="sla-policy-periods"),
    path("policy-periods", PeriodViewSet.as_view({"get": "list"}), name="policy-periods"),
    path(
        "policy-periods/<uuid:pk>",
        PeriodViewSet.as_view({"get": "retrieve", "delete": "destroy"}),
        name="policy-period",
    ),
    path("policy-periods/<uuid:pk>/end", PeriodViewSet.as_view({"post": "end"}), name="policy-period-end"),
]
