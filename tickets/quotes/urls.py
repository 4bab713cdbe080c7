from django.urls import path

from tickets.quotes.views import ConsentGapViewSet, QuoteViewSet

urlpatterns = [
    path("tickets/<uuid:ticket_id>/quotes", QuoteViewSet.as_view({"post": "create"})),
    path("quotes", QuoteViewSet.as_view({"get": "list"})),
    path("quotes/<uuid:pk>", QuoteViewSet.as_view({"get": "retrieve"})),
    path("quotes/<uuid:pk>/answer", QuoteViewSet.as_view({"post": "answer"})),
    path("quotes/<uuid:pk>/withdraw", QuoteViewSet.as_view({"post": "withdraw"})),
    path("consent-gaps", ConsentGapViewSet.as_view({"get": "list"})),
    path("consent-gaps/<uuid:pk>", ConsentGapViewSet.as_view({"get": "retrieve"})),
    path("consent-gaps/<uuid:pk>/waive", ConsentGapViewSet.as_view({"post": "waive"})),
]
