from django.urls import path

from tickets.warranties.views import TicketWarrantiesView, WarrantyTermViewSet

urlpatterns = [
    path("tickets/<uuid:ticket_id>/warranties", TicketWarrantiesView.as_view()),
    path("warranty-terms", WarrantyTermViewSet.as_view({"get": "list", "post": "create"})),
    path(
        "warranty-terms/<uuid:pk>",
        WarrantyTermViewSet.as_view({"get": "retrieve", "patch": "partial_update", "delete": "destroy"}),
    ),
]
