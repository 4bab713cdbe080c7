from django.urls import path

from tickets.inspections.views import InspectionPlanViewSet, InspectionViewSet, ServiceLifeViewSet

urlpatterns = [
    path("inspection-plans", InspectionPlanViewSet.as_view({"get": "list", "post": "create"})),
    path("inspection-plans/preview", InspectionPlanViewSet.as_view({"post": "preview"})),
    path("inspection-plans/<uuid:pk>", InspectionPlanViewSet.as_view({"get": "retrieve", "patch": "partial_update"})),
    path("inspection-plans/<uuid:pk>/end", InspectionPlanViewSet.as_view({"post": "end"})),
    path("inspection-plans/<uuid:pk>/skip", InspectionPlanViewSet.as_view({"post": "skip"})),
    path("service-lives", ServiceLifeViewSet.as_view({"get": "list", "post": "create"})),
    path("service-lives/<uuid:pk>", ServiceLifeViewSet.as_view({"get": "retrieve", "patch": "partial_update"})),
    path("inspections", InspectionViewSet.as_view({"get": "list"})),
    path("inspections/<uuid:pk>", InspectionViewSet.as_view({"get": "retrieve"})),
    path("inspections/<uuid:pk>/skip", InspectionViewSet.as_view({"post": "skip"})),
]
