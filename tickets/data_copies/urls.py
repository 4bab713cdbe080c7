from django.urls import path

from tickets.data_copies.views import DataCopiesForView, DataCopiesView, DataCopyContentView

urlpatterns = [
    path("users/<uuid:person_id>/data-copies", DataCopiesForView.as_view()),
    path("me/data-copies", DataCopiesView.as_view()),
    path("me/data-copies/<uuid:copy_id>/content", DataCopyContentView.as_view()),
]
