from django.urls import path

from tickets.data_copies.views import DataCopiesView, DataCopyContentView

urlpatterns = [
    path("me/data-copies", DataCopiesView.as_view()),
    path("me/data-copies/<uuid:copy_id>/content", DataCopyContentView.as_view()),
]
