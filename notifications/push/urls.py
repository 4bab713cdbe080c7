"""Routes of web push."""

from django.urls import path

from notifications.push.views import PushKeyView, PushSubscriptionView

urlpatterns = [
    path("push-key", PushKeyView.as_view()),
    path("me/push-subscription", PushSubscriptionView.as_view()),
]
