from django.urls import path

from tickets.travel.views import SpeedTableViewSet

urlpatterns = [
    path("speed-tables", SpeedTableViewSet.as_view({"get": "list", "post": "create"})),
    path("speed-tables/<uuid:table_id>", SpeedTableViewSet.as_view({"delete": "destroy"})),
]
