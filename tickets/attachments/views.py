"""HTTP: attachments of tickets, and their content."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from fieldsvc.errors import NotFound
from fieldsvc.time import now
from sync.http import actor_of
from sync.uploads import pictures, serving
from tickets.attachments import access, selectors, services
from tickets.attachments import serializers as forms
from tickets.attachments.models import Attachment
from tickets.complaints.access import ticket_to_see
from tickets.complaints.views import OfTicketViewSet, read

FILE = OpenApiTypes.BINARY
INSTEAD = {
    304: OpenApiResponse(description="As the ETag says, you have it already."),
    410: OpenApiResponse(description="It was withdrawn."),
}


@extend_schema(tags=["attachments"])
class TicketAttachmentViewSet(OfTicketViewSet[Attachment]):
    """The attachments of one ticket."""

    queryset = Attachment.objects.none()
    serializer_class = forms.AttachmentOutput

    def get_queryset(self) -> QuerySet[Attachment]:
        actor = actor_of(self.request)
        ticket = ticket_to_see(actor, self.kwargs["ticket_id"])
        return selectors.attachments_of(ticket.pk, actor.user)

    @extend_schema(operation_id="tickets_attachments_list")
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """All attachments, oldest first; for the resident those that are not internal."""
        return super().list(request, *args, **kwargs)

    @extend_schema(
        operation_id="tickets_attachments_add",
        request=forms.AddAttachmentRequest,
        responses={201: forms.AttachmentOutput},
    )
    def create(self, request: Request, ticket_id: UUID) -> Response:
        """Attach a photo or a document; its content comes by an upload. For desk, technicians and the resident."""
        actor, data = read(request, forms.AddAttachmentRequest)
        attachment = services.add_attachment(actor=actor, occurred_at=now(), ticket_id=ticket_id, **data)
        return Response(self.get_serializer(attachment).data, status.HTTP_201_CREATED)


class ThumbnailQuery(serializers.Serializer[Any]):
    """Which thumbnail."""

    edge = serializers.ChoiceField(
        [(edge, edge) for edge in pictures.EDGES], default=pictures.EDGES[0], help_text="Longest edge in pixels."
    )


@extend_schema(tags=["attachments"])
class AttachmentViewSet(viewsets.GenericViewSet[Attachment]):
    """One attachment."""

    queryset = Attachment.objects.none()
    serializer_class = forms.AttachmentOutput
    lookup_value_converter = "uuid"

    @extend_schema(operation_id="attachments_retrieve", responses=forms.AttachmentOutput)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """What is known of it."""
        return self._answer(access.attachment_to_see(actor_of(request), pk))

    @extend_schema(
        operation_id="attachments_content",
        parameters=[OpenApiParameter("Range", str, OpenApiParameter.HEADER, description="One range of bytes.")],
        responses={
            (200, "*/*"): FILE,
            (206, "*/*"): FILE,
            **INSTEAD,
            416: OpenApiResponse(description="No part of it."),
        },
    )
    def content(self, request: Request, pk: UUID) -> HttpResponseBase:
        """The original, as it was sent. The ETag is its sha256."""
        attachment, file = access.content_to_see(actor_of(request), pk)
        return serving.original(request, file, filename=f"{attachment.kind}-{attachment.pk}")

    @extend_schema(
        operation_id="attachments_thumbnail",
        parameters=[ThumbnailQuery],
        responses={(200, pictures.CONTENT_TYPE): FILE, **INSTEAD},
    )
    def thumbnail(self, request: Request, pk: UUID) -> HttpResponseBase:
        """The picture made small, the right way up."""
        attachment, file = access.content_to_see(actor_of(request), pk)
        query = ThumbnailQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        if not file.is_picture:
            raise NotFound("no_thumbnail", "Only pictures have thumbnails.")
        edge = int(query.validated_data["edge"])
        return serving.thumbnail(request, file, edge, filename=f"{attachment.kind}-{attachment.pk}-{edge}")

    @extend_schema(
        operation_id="attachments_withdraw",
        request=forms.WithdrawAttachmentInput,
        responses=forms.AttachmentOutput,
    )
    def withdraw(self, request: Request, pk: UUID) -> Response:
        """It should not be here: remove the content, keep the record. For its author and the desk."""
        actor, data = read(request, forms.WithdrawAttachmentInput)
        return self._answer(services.withdraw_attachment(actor=actor, occurred_at=now(), attachment_id=pk, **data))

    def _answer(self, attachment: Attachment) -> Response:
        return Response(forms.AttachmentOutput(attachment, context={"viewer": self.request.user}).data)
