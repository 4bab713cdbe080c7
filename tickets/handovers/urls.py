from django.urls import path

from tickets.handovers.views import HandOverViewSet, OpenMattersView

urlpatterns = [
    path("hand-overs", HandOverViewSet.as_view({"get": "list", "post": "create"})),
    path("hand-overs/open-matters", OpenMattersView.as_view()),
    path("hand-overs/<uuid:hand_over_id>", HandOverViewSet.as_view({"get": "retrieve"})),
    path("hand-overs/<uuid:hand_over_id>/accept", HandOverViewSet.as_view({"post": "accept"})),
    path("hand-overs/<uuid:hand_over_id>/decline", HandOverViewSet.as_view({"post": "decline"})),
    path("hand-overs/<uuid:hand_over_id>/withdraw", HandOverViewSet.as_view({"post": "withdraw"})),
]
