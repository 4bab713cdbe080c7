"""Routes of visits, check-ins and part uses."""

from django.urls import path

from tickets.visits.views import AllocatePartsView, CheckInViewSet, LikelyPartsView, PartUseViewSet, VisitViewSet

STEPS = {
    "dispatch": "dispatch_scheduled",
    "reassign": "reassign",
    "reschedule": "reschedule",
    "cancel": "cancel",
    "add-companion": "add_companion",
    "hand-over-lead": "hand_over_lead",
    "take-lead": "take_lead",
    "decline-lead": "decline_lead",
    "accept": "accept",
    "decline": "decline",
    "travel": "travel",
    "check-in": "check_in",
    "check-out": "check_out",
    "edit": "edit",
    "use-part": "use_part",
    "return-part": "return_part",
    "swap-part": "swap_part",
    "ask-for-parts": "ask_for_parts",
    "complete": "complete",
    "leave-incomplete": "leave_incomplete",
}

urlpatterns = [
    path("visits", VisitViewSet.as_view({"get": "list"}), name="visits"),
    path("visits/<uuid:pk>", VisitViewSet.as_view({"get": "retrieve"}), name="visit"),
    path("visits/<uuid:pk>/likely-parts", LikelyPartsView.as_view(), name="visit-likely-parts"),
    path("visits/<uuid:pk>/allocate-parts", AllocatePartsView.as_view(), name="visit-allocate-parts"),
    *(
        path(f"visits/<uuid:pk>/{step}", VisitViewSet.as_view({"post": method}), name=f"visit-{step}")
        for step, method in STEPS.items()
    ),
    path("tickets/<uuid:ticket_id>/visits", VisitViewSet.as_view({"post": "schedule"}), name="ticket-schedule"),
    path("tickets/<uuid:ticket_id>/dispatch", VisitViewSet.as_view({"post": "dispatch_now"}), name="ticket-dispatch"),
    path("shift/clock-in", CheckInViewSet.as_view({"post": "clock_in"}), name="shift-clock-in"),
    path("shift/clock-out", CheckInViewSet.as_view({"post": "clock_out"}), name="shift-clock-out"),
    path("check-ins", CheckInViewSet.as_view({"get": "list"}), name="check-ins"),
    path("check-ins/<uuid:pk>", CheckInViewSet.as_view({"get": "retrieve"}), name="check-in"),
    path("part-uses", PartUseViewSet.as_view({"get": "list"}), name="part-uses"),
    path("part-uses/<uuid:pk>", PartUseViewSet.as_view({"get": "retrieve"}), name="part-use"),
]
