"""Routes of choices."""

from django.urls import path

from notifications.choices.views import (
    ChoicesOfResidentView,
    FormerUnsubscribeView,
    NoticeChoicesView,
    UnsubscribeView,
)

urlpatterns = [
    path("me/notice-choices", NoticeChoicesView.as_view()),
    path("users/<uuid:person_id>/notice-choices", ChoicesOfResidentView.as_view()),
    path("u/<str:token>", UnsubscribeView.as_view()),
    path("unsubscribe/<str:token>", FormerUnsubscribeView.as_view()),
]
