"""Routes of requisitions."""

from django.urls import path

from parts.requisitions.views import RequisitionViewSet

urlpatterns = [
    path("requisitions", RequisitionViewSet.as_view({"get": "list", "post": "create"}), name="requisitions"),
    path("requisitions/propose", RequisitionViewSet.as_view({"post": "propose"}), name="requisitions-propose"),
    path("requisitions/<uuid:pk>", RequisitionViewSet.as_view({"get": "retrieve"}), name="requisition"),
    *[
        path(f"requisitions/<uuid:pk>/{step}", RequisitionViewSet.as_view({"post": step}), name=f"requisition-{step}")
        for step in ("cancel", "approve", "reject", "release")
    ],
    path(
        "requisitions/<uuid:pk>/drop-rest",
        RequisitionViewSet.as_view({"post": "drop_rest"}),
        name="requisition-drop-rest",
    ),
]
