from django.urls import path

from accounts.territories.views import SkillViewSet, TerritoryViewSet

urlpatterns = [
    path("territories", TerritoryViewSet.as_view({"get": "list"})),
    path("skills", SkillViewSet.as_view({"get": "list"})),
]
