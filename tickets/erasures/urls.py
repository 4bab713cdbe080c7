from django.urls import path

from tickets.erasures.views import ErasureView

urlpatterns = [path("me/erasure", ErasureView.as_view())]
