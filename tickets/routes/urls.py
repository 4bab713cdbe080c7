from django.urls import path

from tickets.routes.views import DepotCounterViewSet, PlannedStopViewSet, RoutePlanViewSet

urlpatterns = [
    path("depot-counters", DepotCounterViewSet.as_view({"get": "list", "post": "create"})),
    path("depot-counters/<uuid:counter_id>", DepotCounterViewSet.as_view({"delete": "destroy"})),
    path("route-plans", RoutePlanViewSet.as_view({"get": "list", "post": "create"})),
    path("route-plans/<uuid:plan_id>", RoutePlanViewSet.as_view({"get": "retrieve"})),
    path("route-plans/<uuid:plan_id>/cancel", RoutePlanViewSet.as_view({"post": "cancel"})),
    path("route-plans/<uuid:plan_id>/accept", RoutePlanViewSet.as_view({"post": "accept"})),
    path("route-plans/<uuid:plan_id>/undo", RoutePlanViewSet.as_view({"post": "undo"})),
    path("route-plans/<uuid:plan_id>/stops", PlannedStopViewSet.as_view({"get": "list"})),
]
