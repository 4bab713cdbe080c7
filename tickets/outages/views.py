"""HTTP: outages. For the desk; dispatchers and supervisors decide."""

from collections.abc import Callable
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from sync.http import actor_of, perform
from sync.serializing import Input
from tickets.outages import access, services
from tickets.outages.filters import OutageFilter
from tickets.outages.models import Outage
from tickets.outages.selectors import with_shown
from tickets.outages.serializers import (
    AcceptOutageInput,
    AttachTicketInput,
    DeclareOutageInput,
    DetachTicketInput,
    MessageInput,
    OutageOutput,
    RejectOutageInput,
    ResolveOutageInput,
)


@extend_schema(tags=["outages"])
class OutageViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[Outage]):
    """Faults that many report at once."""

    queryset = Outage.objects.none()
    serializer_class = OutageOutput
    filterset_class = OutageFilter
    search_fields = ["area", "fault", "message", "message_zh", "segment__name", "segment__name_zh"]
    ordering = ["-proposed_at", "-id"]
    ordering_fields = ["proposed_at"]

    def get_queryset(self) -> QuerySet[Outage]:
        return with_shown(access.visible_outages(actor_of(self.request)))

    @extend_schema(operation_id="outages_list")
    def list(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Those of one's territories, the newest first."""
        return super().list(request, *args, **kwargs)

    @extend_schema(operation_id="outages_retrieve", responses=OutageOutput)
    def retrieve(self, request: Request, outage_id: UUID) -> Response:
        """One outage."""
        access.outage_to_see(actor_of(request), outage_id)
        return self._answer(outage_id)

    @extend_schema(operation_id="outages_declare", request=DeclareOutageInput, responses={201: OutageOutput})
    def create(self, request: Request) -> Response:
        """It is an outage, though few have called so far: accepted at once, as if it had been proposed."""
        outage = perform(request, DeclareOutageInput, services.declare_outage)
        return self._answer(outage.pk, status.HTTP_201_CREATED)

    @extend_schema(operation_id="outages_accept", request=AcceptOutageInput, responses=OutageOutput)
    def accept(self, request: Request, outage_id: UUID) -> Response:
        """It is one fault: work on one ticket, let the others follow, tell everybody."""
        return self._do(outage_id, services.accept_outage, AcceptOutageInput)

    @extend_schema(operation_id="outages_reject", request=RejectOutageInput, responses=OutageOutput)
    def reject(self, request: Request, outage_id: UUID) -> Response:
        """They only look alike."""
        return self._do(outage_id, services.reject_outage, RejectOutageInput)

    @extend_schema(operation_id="outages_message", request=MessageInput, responses=OutageOutput)
    def message(self, request: Request, outage_id: UUID) -> Response:
        """There is news for everybody who still has the fault, and for late callers."""
        return self._do(outage_id, services.change_outage_message, MessageInput)

    @extend_schema(operation_id="outages_attach", request=AttachTicketInput, responses=OutageOutput)
    def attach(self, request: Request, outage_id: UUID) -> Response:
        """A further ticket is part of it."""
        return self._do(outage_id, services.attach_ticket, AttachTicketInput)

    @extend_schema(operation_id="outages_detach", request=DetachTicketInput, responses=OutageOutput)
    def detach(self, request: Request, outage_id: UUID) -> Response:
        """A ticket is not part of it: work of its own again."""
        return self._do(outage_id, services.detach_ticket, DetachTicketInput)

    @extend_schema(operation_id="outages_resolve", request=ResolveOutageInput, responses=OutageOutput)
    def resolve(self, request: Request, outage_id: UUID) -> Response:
        """The fault is gone, without a visit. Each resident confirms, or says that it is still broken."""
        return self._do(outage_id, services.resolve_outage, ResolveOutageInput)

    def _do(self, outage_id: UUID, command: Callable[..., object], form_class: type[Input]) -> Response:
        perform(self.request, form_class, command, outage_id=outage_id)
        return self._answer(outage_id)

    def _answer(self, outage_id: UUID, code: int = status.HTTP_200_OK) -> Response:
        return Response(OutageOutput(with_shown(Outage.objects.filter(pk=outage_id)).get()).data, code)
