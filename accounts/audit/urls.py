from django.urls import path

from accounts.audit.views import AuditViewSet

urlpatterns = [path("audit", AuditViewSet.as_view({"get": "list"}))]
