"""HTTP: windows on offer, and the resident's choice."""

from uuid import UUID

from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from fieldsvc.time import now
from sync.http import actor_of, perform
from sync.serializing import validated
from tickets.complaints.access import acting_for, ticket_to_see
from tickets.windows import selectors, services
from tickets.windows.models import OfferedWindow
from tickets.windows.serializers import ChooseWindowRequest, OfferedWindowOutput, OfferWindowInput, WindowChoiceOutput


class TicketWindowsView(APIView):
    """When somebody can come to a ticket."""

    @extend_schema(operation_id="tickets_windows", tags=["tickets"], responses=WindowChoiceOutput)
    def get(self, request: Request, ticket_id: UUID) -> Response:
        """The windows of the next days in which somebody is free, and what holds now."""
        ticket = ticket_to_see(actor_of(request), ticket_id)
        return Response(WindowChoiceOutput(selectors.choice(ticket, at=now())).data)

    @extend_schema(
        operation_id="tickets_choose_window",
        tags=["tickets"],
        request=ChooseWindowRequest,
        responses=WindowChoiceOutput,
    )
    def post(self, request: Request, ticket_id: UUID) -> Response:
        """Choose one of them, or another one. For the resident and the desk."""
        told = validated(ChooseWindowRequest, request.data)
        actor = acting_for(actor_of(request), told.pop("on_behalf_of", None))
        ticket = services.choose_window(actor=actor, occurred_at=now(), ticket_id=ticket_id, **told)
        return Response(WindowChoiceOutput(selectors.choice(ticket, at=now())).data)


@extend_schema(tags=["tickets"])
class OfferedWindowViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[OfferedWindow]):
    """Hours in which residents may have somebody come. Read by everybody, written by administrators."""

    queryset = OfferedWindow.objects.all()
    serializer_class = OfferedWindowOutput
    filter_backends = (DjangoFilterBackend,)
    filterset_fields = ["territory", "weekday"]
    ordering = ["weekday"]
    ordering_fields = ["weekday"]

    @extend_schema(operation_id="offered_windows_add", request=OfferWindowInput, responses={201: OfferedWindowOutput})
    def create(self, request: Request) -> Response:
        """Offer one."""
        window = perform(request, OfferWindowInput, services.offer_window)
        return Response(OfferedWindowOutput(window).data, status.HTTP_201_CREATED)

    @extend_schema(operation_id="offered_windows_withdraw", responses={204: None})
    def destroy(self, request: Request, window_id: UUID) -> Response:
        """Offer it no more."""
        services.withdraw_window(actor=actor_of(request), occurred_at=now(), window_id=window_id)
        return Response(status=status.HTTP_204_NO_CONTENT)
