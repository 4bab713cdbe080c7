"""HTTP: a copy of one's own data."""

from uuid import UUID

from django.db.models import QuerySet
from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.checks import ChecksField
from accounts.models import User
from accounts.people.access import resident_of_caller
from fieldsvc.time import now
from sync.http import actor_of, perform
from sync.serializing import Input, Output
from sync.uploads.store import storage
from tickets.complaints.serializers import PersonOutput
from tickets.data_copies import services
from tickets.data_copies.models import DataCopy

SHOWN = 20


class AskCopyForInput(Input):
    """What was asked to know who is on the phone."""

    checks = ChecksField()


class DataCopyOutput(Output, serializers.ModelSerializer[DataCopy]):
    """A copy, and how far it is. Read it at `/me/data-copies/{id}/content` while it is ready.

    `asked_by` is who of ours has helped with it.
    """

    asked_by = PersonOutput(allow_null=True)

    class Meta:
        model = DataCopy
        fields = ["id", "status", "percent", "asked_at", "asked_by", "ready_at", "expires_at", "size"]
        read_only_fields = fields


class DataCopiesView(APIView):
    @extend_schema(operation_id="me_data_copies", tags=["self-service"], responses=DataCopyOutput(many=True))
    def get(self, request: Request) -> Response:
        """The copies that one has asked for, the newest 20."""
        return Response(DataCopyOutput(_newest_of(actor_of(request).user), many=True).data)

    @extend_schema(
        operation_id="me_data_copies_ask", tags=["self-service"], request=None, responses={202: DataCopyOutput}
    )
    def post(self, request: Request) -> Response:
        """Have a copy made of all that we know of oneself. A notice tells when it is ready."""
        copy = services.ask_copy(actor=actor_of(request), occurred_at=now())
        return Response(DataCopyOutput(copy).data, status.HTTP_202_ACCEPTED)


class DataCopiesForView(APIView):
    """For those who answer callers; both are recorded."""

    @extend_schema(operation_id="users_data_copies", tags=["self-service"], responses=DataCopyOutput(many=True))
    def get(self, request: Request, person_id: UUID) -> Response:
        """The copies of a resident's data, the newest 20, and how far they are. What is in them is for their owner."""
        copies = _newest_of(resident_of_caller(actor_of(request), person_id))
        return Response(DataCopyOutput(copies, many=True).data)

    @extend_schema(
        operation_id="users_data_copies_ask",
        tags=["self-service"],
        request=AskCopyForInput,
        responses={202: DataCopyOutput},
    )
    def post(self, request: Request, person_id: UUID) -> Response:
        """Have a copy made for a resident on the phone, who alone may read it."""
        copy = perform(request, AskCopyForInput, services.ask_copy_for, person_id=person_id)
        return Response(DataCopyOutput(copy).data, status.HTTP_202_ACCEPTED)


def _newest_of(person: User) -> QuerySet[DataCopy]:
    return DataCopy.objects.filter(person=person).select_related("asked_by").order_by("-asked_at")[:SHOWN]


class DataCopyContentView(APIView):
    @extend_schema(
        operation_id="me_data_copies_content",
        tags=["self-service"],
        responses={(200, "application/zip"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, copy_id: UUID) -> FileResponse:
        """The copy: a ZIP of JSON files, and of what was attached. For its owner alone, for seven days."""
        copy = services.copy_to_read(actor=actor_of(request), copy_id=copy_id, at=now())
        response = FileResponse(
            storage().open(copy.name), as_attachment=True, filename="my-data.zip", content_type="application/zip"
        )
        response["Cache-Control"] = "private, no-store"
        return response
