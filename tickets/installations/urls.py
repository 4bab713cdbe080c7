from django.urls import path

from tickets.installations.views import InstallationViewSet

urlpatterns = [
    path("installations", InstallationViewSet.as_view({"get": "list"})),
    path("installations/<uuid:pk>", InstallationViewSet.as_view({"get": "retrieve"})),
    path("installations/<uuid:pk>/accept", InstallationViewSet.as_view({"post": "accept"})),
    path("installations/<uuid:pk>/reject", InstallationViewSet.as_view({"post": "reject"})),
]
