"""The URL map."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularRedocView, SpectacularSwaggerView

from fieldsvc import errors, health

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="swagger")),
    path("", include(health.urlpatterns)),
    path("admin/", admin.site.urls),
    path("api/schema", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerView.as_view(url_name="schema"), name="swagger"),
    path("api/redoc/", SpectacularRedocView.as_view(url_name="schema"), name="redoc"),
    path("api/v1/", include("accounts.urls")),
    path("api/v1/", include("sync.uploads.urls")),
    path("api/v1/sync/", include("sync.urls")),
    path("api/v1/", include("notifications.urls")),
    path("api/v1/", include("parts.urls")),
    path("api/v1/", include("tickets.urls")),
]

handler400 = errors.bad_request
handler403 = errors.permission_denied
handler404 = errors.page_not_found
handler500 = errors.server_error
