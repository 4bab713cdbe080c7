from django.urls import path

from tickets.duplicates.views import BeforeOpeningView, SameFaultViewSet

STEPS = {"link": "link", "merge": "merge", "separate": "separate", "tell-apart": "tell_apart"}

urlpatterns = [
    path("tickets/duplicates", BeforeOpeningView.as_view()),
    path("tickets/<uuid:ticket_id>/duplicates", SameFaultViewSet.as_view({"get": "duplicates"})),
    *(
        path(f"tickets/<uuid:ticket_id>/{step}", SameFaultViewSet.as_view({"post": name}))
        for step, name in STEPS.items()
    ),
]
