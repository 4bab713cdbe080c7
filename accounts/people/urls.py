from django.urls import path

from accounts.people.views import MeView, UserViewSet

urlpatterns = [
    path("me", MeView.as_view()),
    path("users", UserViewSet.as_view({"get": "list", "post": "create"})),
    path("users/<uuid:person_id>", UserViewSet.as_view({"get": "retrieve", "patch": "partial_update"})),
    path("users/<uuid:person_id>/grant-role", UserViewSet.as_view({"post": "grant_role"})),
    path("users/<uuid:person_id>/revoke-role", UserViewSet.as_view({"post": "revoke_role"})),
    path("users/<uuid:person_id>/set-password", UserViewSet.as_view({"post": "set_password"})),
    path("users/<uuid:person_id>/deactivate", UserViewSet.as_view({"post": "deactivate"})),
    path("users/<uuid:person_id>/reactivate", UserViewSet.as_view({"post": "reactivate"})),
]
