from django.urls import path

from tickets.sites.views import AccountViewSet, AssetViewSet, SiteViewSet

urlpatterns = [
    path("sites", SiteViewSet.as_view({"get": "list", "post": "create"})),
    path("sites/<uuid:site_id>", SiteViewSet.as_view({"get": "retrieve", "patch": "partial_update"})),
    path("sites/<uuid:site_id>/move", SiteViewSet.as_view({"post": "move"})),
    path("service-accounts", AccountViewSet.as_view({"get": "list", "post": "create"})),
    path("service-accounts/<uuid:account_id>", AccountViewSet.as_view({"get": "retrieve", "patch": "partial_update"})),
    path("assets", AssetViewSet.as_view({"get": "list", "post": "create"})),
    path("assets/<uuid:asset_id>", AssetViewSet.as_view({"get": "retrieve", "patch": "partial_update"})),
]
