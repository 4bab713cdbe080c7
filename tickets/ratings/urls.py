from django.urls import path

from tickets.ratings.views import RatingReasonViewSet

urlpatterns = [
    path("rating-reasons", RatingReasonViewSet.as_view({"get": "list", "post": "create"})),
    path("rating-reasons/<uuid:reason_id>", RatingReasonViewSet.as_view({"patch": "partial_update"})),
]
