"""HTTP: what may be one fault, and what the desk decides about it."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import DESK
from accounts.people.access import require_role
from fieldsvc.time import now
from sync.http import actor_of
from tickets.complaints.serializers import TicketOutput
from tickets.complaints.views import OneTicketViewSet
from tickets.duplicates import access, services
from tickets.duplicates.offering import offered_duplicates, offered_repeat, read_report
from tickets.duplicates.selectors import Report
from tickets.duplicates.serializers import (
    JoinTicketInput,
    LikelyTicketOutput,
    LikenessOutput,
    ReportQuery,
    SeparateTicketInput,
    TellApartInput,
    as_offered,
)


class BeforeOpeningView(APIView):
    """What is known of a fault while it is being reported. For the desk."""

    @extend_schema(
        operation_id="tickets_look_for_duplicates", tags=["tickets"], parameters=[ReportQuery], responses=LikenessOutput
    )
    def get(self, request: Request) -> Response:
        """What may be the same report, and which repair seems to have failed. Nothing is written."""
        actor = actor_of(request)
        require_role(actor, *DESK)
        query = ReportQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        report = read_report(actor, occurred_at=now(), **query.validated_data)
        repeat = offered_repeat(actor, report)
        return Response(
            {
                "duplicates": as_offered(report, offered_duplicates(actor, report)),
                "repeats": as_offered(report, [repeat])[0] if repeat else None,
            }
        )


@extend_schema(tags=["tickets"])
class SameFaultViewSet(OneTicketViewSet):
    """Whether a ticket is about the same fault as another one. For the desk."""

    @extend_schema(operation_id="tickets_duplicates", responses=LikelyTicketOutput(many=True))
    def duplicates(self, request: Request, ticket_id: UUID) -> Response:
        """The newest 20 that may be the same fault, without those that were told apart from it or joined with it."""
        actor = actor_of(request)
        report = Report.of(access.ticket_to_compare(actor, ticket_id))
        return Response(as_offered(report, offered_duplicates(actor, report)))

    @extend_schema(operation_id="tickets_link", request=JoinTicketInput, responses=TicketOutput)
    def link(self, request: Request, ticket_id: UUID) -> Response:
        """It is the same fault: go along with the main ticket from now on."""
        return self._do(ticket_id, services.link_ticket, JoinTicketInput)

    @extend_schema(operation_id="tickets_merge", request=JoinTicketInput, responses=TicketOutput)
    def merge(self, request: Request, ticket_id: UUID) -> Response:
        """It is the same fault, and no work of its own any more. Both histories stay."""
        return self._do(ticket_id, services.merge_ticket, JoinTicketInput)

    @extend_schema(operation_id="tickets_separate", request=SeparateTicketInput, responses=TicketOutput)
    def separate(self, request: Request, ticket_id: UUID) -> Response:
        """It is another fault after all: undo a link or a merge, until it is resolved."""
        return self._do(ticket_id, services.separate_ticket, SeparateTicketInput)

    @extend_schema(operation_id="tickets_tell_apart", request=TellApartInput, responses=TicketOutput)
    def tell_apart(self, request: Request, ticket_id: UUID) -> Response:
        """The two only look alike: neither is offered as a duplicate of the other any more."""
        return self._do(ticket_id, services.tell_apart, TellApartInput)
