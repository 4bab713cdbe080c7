from django.urls import path

from tickets.ratings.views import RatingReasonViewSet, VisitRatingViewSet

urlpatterns = [
    path("rating-reasons", RatingReasonViewSet.as_view({"get": "list", "post": "create"})),
    path("rating-reasons/<uuid:reason_id>", RatingReasonViewSet.as_view({"patch": "partial_update"})),
    path("visits/<uuid:visit_id>/rate", VisitRatingViewSet.as_view({"post": "create"})),
    path("visit-ratings", VisitRatingViewSet.as_view({"get": "list"})),
    path("visit-ratings/<uuid:rating_id>", VisitRatingViewSet.as_view({"get": "retrieve"})),
]
