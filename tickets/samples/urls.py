from django.urls import path

from tickets.samples.views import SampledTicketViewSet, SampleFiguresView, SampleViewSet

urlpatterns = [
    path("samples", SampleViewSet.as_view({"get": "list", "post": "create"})),
    path("samples/figures", SampleFiguresView.as_view()),
    path("samples/<uuid:sample_id>", SampleViewSet.as_view({"get": "retrieve"})),
    path("sampled-tickets", SampledTicketViewSet.as_view({"get": "list"})),
    path("sampled-tickets/<uuid:sampled_id>", SampledTicketViewSet.as_view({"get": "retrieve"})),
    path("sampled-tickets/<uuid:sampled_id>/review", SampledTicketViewSet.as_view({"post": "review"})),
]
