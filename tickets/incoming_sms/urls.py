from django.urls import path

from tickets.incoming_sms.views import IncomingSmsViewSet, SmsWebhookView

urlpatterns = [
    path("sms/webhook", SmsWebhookView.as_view()),
    path("incoming-sms", IncomingSmsViewSet.as_view({"get": "list"})),
    path("incoming-sms/<uuid:sms_id>", IncomingSmsViewSet.as_view({"get": "retrieve"})),
    path("incoming-sms/<uuid:sms_id>/attach", IncomingSmsViewSet.as_view({"post": "attach"})),
    path("incoming-sms/<uuid:sms_id>/settle", IncomingSmsViewSet.as_view({"post": "settle"})),
]
