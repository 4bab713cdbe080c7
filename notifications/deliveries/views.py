"""HTTP: how notices went."""

from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets

from notifications.deliveries import access
from notifications.deliveries.filters import DeliveryFilter
from notifications.deliveries.selectors import with_their_course
from notifications.deliveries.serializers import DeliveryOutput
from notifications.notices.models import Notice
from sync.http import actor_of


@extend_schema(tags=["notifications"])
class DeliveryViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Notice]):
    """How notices went, the newest first: steps, messages and acknowledgement. For dispatchers and supervisors."""

    queryset = Notice.objects.none()
    serializer_class = DeliveryOutput
    filter_backends = (DjangoFilterBackend,)
    filterset_class = DeliveryFilter
    ordering = ["-created_at"]
    ordering_fields = ["created_at"]

    def get_queryset(self) -> QuerySet[Notice]:
        return with_their_course(access.deliveries(actor_of(self.request)))
