from django.urls import path

from tickets.scorecards.views import (
    IndicatorsView,
    ScorecardVersionViewSet,
    ScorecardViewSet,
    ScoreMarkViewSet,
    ScoresView,
)

urlpatterns = [
    path("scorecards", ScorecardViewSet.as_view({"get": "list", "post": "create"})),
    path("scorecards/<uuid:scorecard_id>", ScorecardViewSet.as_view({"get": "retrieve", "patch": "partial_update"})),
    path("scorecards/<uuid:scorecard_id>/versions", ScorecardViewSet.as_view({"post": "add_version"})),
    path("scorecards/<uuid:scorecard_id>/scores", ScoresView.as_view()),
    path("scorecard-versions/<uuid:version_id>", ScorecardVersionViewSet.as_view({"delete": "destroy"})),
    path("scorecard-versions/<uuid:version_id>/end", ScorecardVersionViewSet.as_view({"post": "end"})),
    path("score-indicators", IndicatorsView.as_view()),
    path("score-marks", ScoreMarkViewSet.as_view({"get": "list", "post": "create"})),
    path("score-marks/<uuid:mark_id>", ScoreMarkViewSet.as_view({"get": "retrieve"})),
]
