from django.urls import path

from tickets.bills.views import BillViewSet, BooksView, TicketChargesView

urlpatterns = [
    path("tickets/<uuid:ticket_id>/charges", TicketChargesView.as_view()),
    path("tickets/<uuid:ticket_id>/bills", BillViewSet.as_view({"post": "create"})),
    path("bills", BillViewSet.as_view({"get": "list"})),
    path("bills/<uuid:pk>", BillViewSet.as_view({"get": "retrieve"})),
    path("bills/<uuid:pk>/credit", BillViewSet.as_view({"post": "credit"})),
    path("charges/books", BooksView.as_view()),
]
