"""HTTP: one's own notices."""

from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from fieldsvc.time import now
from notifications.notices import selectors, services
from notifications.notices.filters import NoticeFilter
from notifications.notices.models import Notice
from notifications.notices.serializers import NoticeOutput, UnacknowledgedOutput
from sync.http import actor_of


@extend_schema(tags=["notifications"])
class NoticeViewSet(ListModelMixin, GenericViewSet[Notice]):
    """What the signed-in person was told, newest first."""

    queryset = Notice.objects.none()
    serializer_class = NoticeOutput
    filterset_class = NoticeFilter
    search_fields = ["title", "title_zh", "body", "body_zh"]
    ordering_fields = ["created_at"]
    ordering = ["-created_at"]

    def get_queryset(self) -> QuerySet[Notice]:
        return selectors.notices_of(self.request.user)

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "language": getattr(self.request.user, "language", "en")}

    @extend_schema(operation_id="notices_acknowledge", request=None, responses=NoticeOutput)
    def acknowledge(self, request: Request, pk: UUID) -> Response:
        """Say that it was seen. Saying it again changes nothing."""
        notice = services.acknowledge_notice(actor=actor_of(request), occurred_at=now(), notice_id=pk)
        return Response(self.get_serializer(notice).data)


class UnacknowledgedView(APIView):
    """How many notices wait to be seen: for a badge."""

    @extend_schema(operation_id="notices_unacknowledged", tags=["notifications"], responses=UnacknowledgedOutput)
    def get(self, request: Request) -> Response:
        waiting = selectors.unacknowledged(request.user)
        return Response(waiting.aggregate(count=Count("pk"), urgent=Count("pk", filter=Q(urgent=True))))
