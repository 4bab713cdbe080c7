from django.urls import path

from tickets.households.views import AccountView, BindingCodeView, BindingView, OfferViewSet

urlpatterns = [
    path("service-accounts/bind-code", BindingCodeView.as_view()),
    path("service-accounts/bind", BindingView.as_view()),
    path("service-accounts/<uuid:account_id>/bind-by-desk", AccountView.as_view({"post": "bind_by_desk"})),
    path("service-accounts/<uuid:account_id>/household", AccountView.as_view({"get": "household"})),
    path("service-accounts/<uuid:account_id>/leave", AccountView.as_view({"post": "leave"})),
    path("service-accounts/<uuid:account_id>/move", AccountView.as_view({"post": "move"})),
    path("service-accounts/<uuid:account_id>/offer", AccountView.as_view({"post": "offer"})),
    path("service-accounts/<uuid:account_id>/hand-over", AccountView.as_view({"post": "hand_over"})),
    path("service-accounts/<uuid:account_id>/history", AccountView.as_view({"get": "history"})),
    path("account-offers", OfferViewSet.as_view({"get": "list"})),
    path("account-offers/<uuid:offer_id>/accept", OfferViewSet.as_view({"post": "accept"})),
    path("account-offers/<uuid:offer_id>/decline", OfferViewSet.as_view({"post": "decline"})),
    path("account-offers/<uuid:offer_id>/withdraw", OfferViewSet.as_view({"post": "withdraw"})),
]
