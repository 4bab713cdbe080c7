"""HTTP: check-ins that may not be what they say."""

from uuid import UUID

from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from fieldsvc.errors import must_exist
from sync.http import actor_of, perform
from tickets.doubts import access, services
from tickets.doubts import serializers as forms
from tickets.doubts.filters import DoubtFilter
from tickets.doubts.models import Doubt


@extend_schema(tags=["visits"])
class DoubtViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[Doubt]):
    """Check-ins against which something speaks, the newest first. For those who plan; never about oneself."""

    queryset = Doubt.objects.none()
    serializer_class = forms.DoubtOutput
    filter_backends = (DjangoFilterBackend,)
    filterset_class = DoubtFilter
    ordering = ["-occurred_at"]
    ordering_fields = ["occurred_at"]

    def get_queryset(self) -> QuerySet[Doubt]:
        return _with_shown(access.visible_doubts(actor_of(self.request)))

    @extend_schema(operation_id="doubtful_check_ins_retrieve", responses=forms.DoubtOutput)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """One of them."""
        return Response(forms.DoubtOutput(must_exist(self.get_queryset().filter(pk=pk).first())).data)

    @extend_schema(
        operation_id="doubtful_check_ins_look_at", request=forms.LookAtDoubtInput, responses=forms.DoubtOutput
    )
    def look_at(self, request: Request, pk: UUID) -> Response:
        """Say what is to be made of it."""
        return _answer(perform(request, forms.LookAtDoubtInput, services.look_at_doubt, doubt_id=pk))

    @extend_schema(operation_id="doubtful_check_ins_put_back", request=None, responses=forms.DoubtOutput)
    def put_back(self, request: Request, pk: UUID) -> Response:
        """Let somebody look at it again."""
        return _answer(perform(request, None, services.put_back_doubt, doubt_id=pk))


def _with_shown(doubts: QuerySet[Doubt]) -> QuerySet[Doubt]:
    """With all that the output of a doubt shows of other tables, in one query."""
    return doubts.select_related("check_in__technician", "check_in__visit", "looked_by")


def _answer(doubt: Doubt) -> Response:
    return Response(forms.DoubtOutput(_with_shown(Doubt.objects.filter(pk=doubt.pk)).get()).data)
