from django.urls import include, path

urlpatterns = [path("sync/", include("sync.urls"))]
