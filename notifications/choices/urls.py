"""Routes of choices."""

from django.urls import path

from notifications.choices.views import NoticeChoicesView, UnsubscribeView

urlpatterns = [
    path("me/notice-choices", NoticeChoicesView.as_view()),
    path("unsubscribe/<str:token>", UnsubscribeView.as_view()),
]
