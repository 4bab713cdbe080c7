"""HTTP: tickets, what is done with them, what is said about them."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.audit.access import READERS
from accounts.audit.views import AuditEntries
from accounts.models import User
from accounts.people.access import require_role
from fieldsvc.time import now
from sync.audit.models import AuditEntry
from sync.commands import Actor
from sync.http import actor_of
from sync.serializing import Input, validated
from tickets.audiences import ForViewer
from tickets.clock.selectors import clock_summaries
from tickets.complaints import access, selectors, services
from tickets.complaints.filters import TicketFilter
from tickets.complaints.map import FEATURES, MOST_FEATURES, feature_collection, read_window
from tickets.complaints.models import Note, Ticket, TicketEvent
from tickets.complaints.serializers import (
    AddNoteInput,
    CancelTicketRequest,
    ConfirmTicketRequest,
    EditTicketInput,
    EventOutput,
    HoldTicketInput,
    MessageOutput,
    MoveTicketInput,
    NoteOutput,
    OpenTicketRequest,
    RateTicketRequest,
    ReopenTicketRequest,
    ResolveTicketInput,
    SendMessageRequest,
    TicketMapOutput,
    TicketOutput,
    TriageTicketInput,
)
from tickets.duplicates.offering import offered_duplicates
from tickets.duplicates.selectors import Report
from tickets.duplicates.serializers import OpenedTicketOutput, as_offered
from tickets.outages.proposing import standing_message

M = TypeVar("M", bound=Model)


def read(request: Request, form_class: type[Input]) -> tuple[Actor, dict[str, Any]]:
    """Who acts, for whom, and the rest of the validated input."""
    data = validated(form_class, request.data)
    return access.acting_for(actor_of(request), data.pop("on_behalf_of", None)), data


def rendered(tickets: Sequence[Ticket], viewer: User) -> list[dict[str, Any]]:
    """The tickets as this person may see them, with their clocks: one query, however many there are."""
    context = {"viewer": viewer, "clocks": clock_summaries([ticket.pk for ticket in tickets])}
    form = TicketOutput(context=context)
    return [form.to_representation(ticket) for ticket in tickets]


class GeoJSONRenderer(JSONRenderer):
    """JSON by the name that maps ask for."""

    media_type = "application/geo+json"


class OneTicketViewSet(viewsets.GenericViewSet[Ticket]):
    """Something is done with a ticket, and answered with what it is now."""

    queryset = Ticket.objects.none()
    serializer_class = TicketOutput

    def _do(self, ticket_id: UUID, command: Callable[..., object], form_class: type[Input]) -> Response:
        actor, data = read(self.request, form_class)
        command(actor=actor, occurred_at=now(), ticket_id=ticket_id, **data)
        return Response(self._now(ticket_id))

    def _now(self, ticket_id: UUID) -> dict[str, Any]:
        tickets = list(selectors.with_people(Ticket.objects.filter(pk=ticket_id)))
        return rendered(tickets, actor_of(self.request).user)[0]


@extend_schema(tags=["tickets"])
class TicketViewSet(OneTicketViewSet):
    """Complaints, from the first ring of the phone to closed for good."""

    filter_backends = (DjangoFilterBackend,)
    filterset_class = TicketFilter
    ordering = ["-reported_at", "-id"]
    ordering_fields = ["reported_at", "priority", "due_at", "reply_owed_since"]

    def get_queryset(self) -> QuerySet[Ticket]:
        return access.visible_tickets(actor_of(self.request).user)

    def parts(self, tickets: QuerySet[Ticket], field: str) -> list[QuerySet[Ticket]]:
        """In which the list is paged in the order of this field: see `CursorPages`."""
        return selectors.by_due(tickets) if field == "due_at" else [tickets]

    @extend_schema(operation_id="tickets_list", responses=TicketOutput(many=True))
    def list(self, request: Request) -> Response:
        """The desk's by territory, those of a technician's visits, a resident's own."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        tickets = selectors.in_order([ticket.pk for ticket in page])
        return self.get_paginated_response(rendered(tickets, actor_of(request).user))

    @extend_schema(
        operation_id="tickets_on_map",
        filters=True,
        parameters=[
            OpenApiParameter("bbox", str, description="West, south, east and north in degrees, with commas."),
            OpenApiParameter("limit", int, description=f"1 to {MOST_FEATURES} tickets; {FEATURES} unless told."),
        ],
        responses={(200, GeoJSONRenderer.media_type): TicketMapOutput},
    )
    def on_map(self, request: Request) -> Response:
        """The open tickets of one's work as GeoJSON, by the filters of the list, the most urgent first. For staff."""
        window = read_window(bbox=request.query_params.get("bbox"), limit=request.query_params.get("limit"))
        tickets = self.filter_queryset(selectors.tickets_for_map(actor_of(request)))
        return Response(feature_collection(tickets, window))

    @extend_schema(operation_id="tickets_retrieve", responses=TicketOutput)
    def retrieve(self, request: Request, ticket_id: UUID) -> Response:
        """One ticket."""
        access.ticket_to_see(actor_of(request), ticket_id)
        return Response(self._now(ticket_id))

    @extend_schema(operation_id="tickets_open", request=OpenTicketRequest, responses={201: OpenedTicketOutput})
    def create(self, request: Request) -> Response:
        """Open a ticket while the customer is talking: the answer has the reference number to read out.

        The desk also hears which tickets may be about the same fault, everybody what is known of an accepted outage.
        """
        actor, data = read(request, OpenTicketRequest)
        ticket = services.open_ticket(actor=actor, occurred_at=now(), **data)
        body = self._now(ticket.pk)
        if standing := standing_message(ticket):
            body["outage"] = standing
        if access.audience(actor.user, ticket) == "desk":
            report = Report.of(ticket)
            body["duplicates"] = as_offered(report, offered_duplicates(actor, report))
        return Response(body, status.HTTP_201_CREATED)

    @extend_schema(operation_id="tickets_edit", request=EditTicketInput, responses=TicketOutput)
    def partial_update(self, request: Request, ticket_id: UUID) -> Response:
        """Correct contact, access notes, title or priority. For the desk; technicians the first three."""
        return self._do(ticket_id, services.edit_ticket, EditTicketInput)

    @extend_schema(operation_id="tickets_move", request=MoveTicketInput, responses=TicketOutput)
    def move(self, request: Request, ticket_id: UUID) -> Response:
        """It is about another site, perhaps of another territory. For dispatchers and supervisors of both."""
        return self._do(ticket_id, services.move_ticket, MoveTicketInput)

    @extend_schema(operation_id="tickets_triage", request=TriageTicketInput, responses=TicketOutput)
    def triage(self, request: Request, ticket_id: UUID) -> Response:
        """The complaint is understood. For the desk."""
        return self._do(ticket_id, services.triage_ticket, TriageTicketInput)

    @extend_schema(operation_id="tickets_hold", request=HoldTicketInput, responses=TicketOutput)
    def hold(self, request: Request, ticket_id: UUID) -> Response:
        """Nothing can be done for now. For the desk."""
        return self._do(ticket_id, services.hold_ticket, HoldTicketInput)

    @extend_schema(operation_id="tickets_resume", request=None, responses=TicketOutput)
    def resume(self, request: Request, ticket_id: UUID) -> Response:
        """Go on with a ticket that was on hold. For the desk."""
        return self._do(ticket_id, services.resume_ticket, Input)

    @extend_schema(operation_id="tickets_resolve", request=ResolveTicketInput, responses=TicketOutput)
    def resolve(self, request: Request, ticket_id: UUID) -> Response:
        """Solved without a visit. For the desk."""
        return self._do(ticket_id, services.resolve_ticket, ResolveTicketInput)

    @extend_schema(operation_id="tickets_cancel", request=CancelTicketRequest, responses=TicketOutput)
    def cancel(self, request: Request, ticket_id: UUID) -> Response:
        """It need not be done any more. For the desk and the resident."""
        return self._do(ticket_id, services.cancel_ticket, CancelTicketRequest)

    @extend_schema(operation_id="tickets_confirm", request=ConfirmTicketRequest, responses=TicketOutput)
    def confirm(self, request: Request, ticket_id: UUID) -> Response:
        """All is well: close it. For the resident, or on their behalf."""
        return self._do(ticket_id, services.confirm_ticket, ConfirmTicketRequest)

    @extend_schema(operation_id="tickets_reopen", request=ReopenTicketRequest, responses=TicketOutput)
    def reopen(self, request: Request, ticket_id: UUID) -> Response:
        """It is not repaired after all. For the resident and the desk, within the confirmation window."""
        return self._do(ticket_id, services.reopen_ticket, ReopenTicketRequest)

    @extend_schema(operation_id="tickets_rate", request=RateTicketRequest, responses=TicketOutput)
    def rate(self, request: Request, ticket_id: UUID) -> Response:
        """How satisfied the resident is; once. For the resident, or on their behalf."""
        return self._do(ticket_id, services.rate_ticket, RateTicketRequest)


class OfTicketViewSet(ForViewer, mixins.ListModelMixin, viewsets.GenericViewSet[M]):
    """A list of what belongs to one ticket, in the order in which it happened."""

    filter_backends = ()
    ordering = ("occurred_at", "id")
    ordering_fields = ("occurred_at",)


@extend_schema(tags=["tickets"])
class TimelineViewSet(OfTicketViewSet[TicketEvent]):
    """What happened to a ticket; for residents what concerns them, without a word from inside."""

    queryset = TicketEvent.objects.none()
    serializer_class = EventOutput

    def get_queryset(self) -> QuerySet[TicketEvent]:
        actor = actor_of(self.request)
        ticket = access.ticket_to_see(actor, self.kwargs["ticket_id"])
        return selectors.timeline(ticket, for_resident=access.audience(actor.user, ticket) == "resident")

    @extend_schema(operation_id="tickets_timeline")
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The timeline, oldest first."""
        return super().list(request, *args, **kwargs)


@extend_schema(tags=["tickets"])
class NoteViewSet(OfTicketViewSet[Note]):
    """Notes of our own people."""

    queryset = Note.objects.none()
    serializer_class = NoteOutput

    def get_queryset(self) -> QuerySet[Note]:
        ticket = access.ticket_to_read_notes_of(actor_of(self.request), self.kwargs["ticket_id"])
        return selectors.notes(ticket.pk, Note.Kind.NOTE)

    @extend_schema(operation_id="tickets_notes_list")
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """All notes, oldest first. For the desk and the technicians of the ticket."""
        return super().list(request, *args, **kwargs)

    @extend_schema(operation_id="tickets_notes_add", request=AddNoteInput, responses={201: NoteOutput})
    def create(self, request: Request, ticket_id: UUID) -> Response:
        """Write something down. For the desk and the technicians of the ticket."""
        actor, data = read(request, AddNoteInput)
        note = services.add_note(actor=actor, occurred_at=now(), ticket_id=ticket_id, **data)
        return Response(self.get_serializer(note).data, status.HTTP_201_CREATED)


@extend_schema(tags=["tickets"])
class MessageViewSet(OfTicketViewSet[Note]):
    """Messages between resident and desk."""

    queryset = Note.objects.none()
    serializer_class = MessageOutput

    def get_queryset(self) -> QuerySet[Note]:
        ticket = access.ticket_to_read_messages_of(actor_of(self.request), self.kwargs["ticket_id"])
        return selectors.notes(ticket.pk, Note.Kind.MESSAGE)

    @extend_schema(operation_id="tickets_messages_list")
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """All messages, oldest first. For the desk and the resident."""
        return super().list(request, *args, **kwargs)

    @extend_schema(operation_id="tickets_messages_send", request=SendMessageRequest, responses={201: MessageOutput})
    def create(self, request: Request, ticket_id: UUID) -> Response:
        """Write to the desk, or to the resident."""
        actor, data = read(request, SendMessageRequest)
        message = services.send_message(actor=actor, occurred_at=now(), ticket_id=ticket_id, **data)
        return Response(self.get_serializer(message).data, status.HTTP_201_CREATED)


@extend_schema(tags=["tickets"])
class TicketAuditViewSet(AuditEntries):
    """Who changed what of a ticket and of its visits."""

    def get_queryset(self) -> QuerySet[AuditEntry]:
        actor = actor_of(self.request)
        ticket = access.ticket_to_see(actor, self.kwargs["ticket_id"])
        require_role(actor, *READERS, territory_id=ticket.territory_id)
        return AuditEntry.objects.filter(root_id=ticket.pk)  # all of it, wherever the ticket was before

    @extend_schema(operation_id="tickets_audit")
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The newest first. For supervisors and administrators."""
        return super().list(request, *args, **kwargs)
