"""The app's routes, under `/api/v1/`."""

from notifications.deliveries.urls import urlpatterns as deliveries
from notifications.escalations.urls import urlpatterns as escalations
from notifications.notices.urls import urlpatterns as notices

urlpatterns = [*notices, *deliveries, *escalations]
