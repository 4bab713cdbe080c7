from django.urls import path

from tickets.doubts.views import DoubtViewSet

urlpatterns = [
    path("doubtful-check-ins", DoubtViewSet.as_view({"get": "list"})),
    path("doubtful-check-ins/<uuid:pk>", DoubtViewSet.as_view({"get": "retrieve"})),
    path("doubtful-check-ins/<uuid:pk>/look-at", DoubtViewSet.as_view({"post": "look_at"})),
    path("doubtful-check-ins/<uuid:pk>/put-back", DoubtViewSet.as_view({"post": "put_back"})),
]
