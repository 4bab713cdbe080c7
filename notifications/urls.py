"""The app's routes, under `/api/v1/`."""

from notifications.choices.urls import urlpatterns as choices
from notifications.deliveries.urls import urlpatterns as deliveries
from notifications.escalations.urls import urlpatterns as escalations
from notifications.messages.urls import urlpatterns as messages
from notifications.notices.urls import urlpatterns as notices
from notifications.push.urls import urlpatterns as push

urlpatterns = [*choices, *notices, *deliveries, *escalations, *messages, *push]
