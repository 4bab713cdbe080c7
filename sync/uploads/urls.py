from django.urls import path

from sync.uploads.views import UploadsView, UploadView

urlpatterns = [
    path("uploads", UploadsView.as_view()),
    path("uploads/<uuid:upload_id>", UploadView.as_view(), name="upload"),
]
