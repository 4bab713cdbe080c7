from django.urls import path

from tickets.windows.views import OfferedWindowViewSet, TicketWindowsView

urlpatterns = [
    path("tickets/<uuid:ticket_id>/windows", TicketWindowsView.as_view()),
    path("offered-windows", OfferedWindowViewSet.as_view({"get": "list", "post": "create"})),
    path("offered-windows/<uuid:window_id>", OfferedWindowViewSet.as_view({"delete": "destroy"})),
]
