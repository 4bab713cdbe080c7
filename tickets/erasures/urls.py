from django.urls import path

from tickets.erasures.views import ErasureForView, ErasureView

urlpatterns = [
    path("me/erasure", ErasureView.as_view()),
    path("users/<uuid:person_id>/erasure", ErasureForView.as_view()),
]
