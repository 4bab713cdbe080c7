"""The app's routes, under `/api/v1/`."""

from notifications.notices.urls import urlpatterns

__all__ = ["urlpatterns"]
