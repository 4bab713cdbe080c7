from django.urls import path

from tickets.suggestions.views import (
    AutoDispatchRuleViewSet,
    TicketAutoDispatchViewSet,
    TicketSuggestionsView,
    VisitSuggestionsView,
    WeightsViewSet,
)

urlpatterns = [
    path("tickets/<uuid:ticket_id>/suggestions", TicketSuggestionsView.as_view()),
    path("visits/<uuid:visit_id>/suggestions", VisitSuggestionsView.as_view()),
    path("tickets/<uuid:ticket_id>/auto-dispatch", TicketAutoDispatchViewSet.as_view({"get": "retrieve"})),
    path("tickets/<uuid:ticket_id>/auto-dispatch/stop", TicketAutoDispatchViewSet.as_view({"post": "stop"})),
    path("tickets/<uuid:ticket_id>/auto-dispatch/resume", TicketAutoDispatchViewSet.as_view({"post": "resume"})),
    path("suggestion-weights", WeightsViewSet.as_view({"get": "list", "post": "create"})),
    path("suggestion-weights/<uuid:pk>", WeightsViewSet.as_view({"get": "retrieve", "delete": "destroy"})),
    path("suggestion-weights/<uuid:pk>/end", WeightsViewSet.as_view({"post": "end"})),
    path("auto-dispatch-rules", AutoDispatchRuleViewSet.as_view({"get": "list", "post": "create"})),
    path("auto-dispatch-rules/<uuid:pk>", AutoDispatchRuleViewSet.as_view({"delete": "destroy"})),
]
