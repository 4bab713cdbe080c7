from django.urls import path

from tickets.callers.views import CallersView

urlpatterns = [path("callers", CallersView.as_view())]
