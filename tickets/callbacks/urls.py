from django.urls import path

from tickets.callbacks.views import CallbackFiguresView, CallbackViewSet, QuotaViewSet

STEPS = ("claim", "hand-over", "decline", "call", "withdraw")

urlpatterns = [
    path("callbacks", CallbackViewSet.as_view({"get": "list", "post": "create"})),
    path("callbacks/figures", CallbackFiguresView.as_view()),
    path("callbacks/<uuid:callback_id>", CallbackViewSet.as_view({"get": "retrieve"})),
    path("callbacks/<uuid:callback_id>/events", CallbackViewSet.as_view({"get": "events"})),
    *(
        path(f"callbacks/<uuid:callback_id>/{step}", CallbackViewSet.as_view({"post": step.replace("-", "_")}))
        for step in STEPS
    ),
    path("callback-quotas", QuotaViewSet.as_view({"get": "list", "post": "create"})),
    path(
        "callback-quotas/<uuid:quota_id>",
        QuotaViewSet.as_view({"get": "retrieve", "patch": "partial_update", "delete": "destroy"}),
    ),
]
