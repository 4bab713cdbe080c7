"""HTTP: deleting one's account."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.checks import ChecksField
from accounts.models import User
from accounts.people.access import resident_of_caller
from fieldsvc.errors import must_exist
from fieldsvc.time import now
from sync.http import actor_of, perform
from sync.serializing import Input, Output
from tickets.complaints.serializers import PersonOutput
from tickets.erasures import services
from tickets.erasures.models import Erasure


class AskErasureForInput(Input):
    """What was asked to know who is on the phone."""

    checks = ChecksField()


class ErasureOutput(Output, serializers.ModelSerializer[Erasure]):
    """When one is forgotten, and who of ours has helped with it."""

    asked_by = PersonOutput(allow_null=True)

    class Meta:
        model = Erasure
        fields = ["id", "status", "asked_at", "asked_by", "due_at", "decided_at"]
        read_only_fields = fields


class ErasureView(APIView):
    @extend_schema(operation_id="me_erasure", tags=["self-service"], responses=ErasureOutput)
    def get(self, request: Request) -> Response:
        """The last time that one has asked to be forgotten."""
        return Response(ErasureOutput(_last_of(actor_of(request).user)).data)

    @extend_schema(operation_id="me_erasure_ask", tags=["self-service"], request=None, responses={202: ErasureOutput})
    def post(self, request: Request) -> Response:
        """Delete one's account, after days in which it can be undone. For residents."""
        erasure = services.ask_erasure(actor=actor_of(request), occurred_at=now())
        return Response(ErasureOutput(erasure).data, status.HTTP_202_ACCEPTED)

    @extend_schema(operation_id="me_erasure_undo", tags=["self-service"], responses=ErasureOutput)
    def delete(self, request: Request) -> Response:
        """Keep one's account after all."""
        return Response(ErasureOutput(services.undo_erasure(actor=actor_of(request), occurred_at=now())).data)


class ErasureForView(APIView):
    """For those who answer callers; both are recorded."""

    @extend_schema(operation_id="users_erasure", tags=["self-service"], responses=ErasureOutput)
    def get(self, request: Request, person_id: UUID) -> Response:
        """The last time that this resident has asked to be forgotten."""
        return Response(ErasureOutput(_last_of(resident_of_caller(actor_of(request), person_id))).data)

    @extend_schema(
        operation_id="users_erasure_ask",
        tags=["self-service"],
        request=AskErasureForInput,
        responses={202: ErasureOutput},
    )
    def post(self, request: Request, person_id: UUID) -> Response:
        """Delete the account of a resident on the phone, after days in which it can be undone."""
        erasure = perform(request, AskErasureForInput, services.ask_erasure_for, person_id=person_id)
        return Response(ErasureOutput(erasure).data, status.HTTP_202_ACCEPTED)

    @extend_schema(operation_id="users_erasure_undo", tags=["self-service"], responses=ErasureOutput)
    def delete(self, request: Request, person_id: UUID) -> Response:
        """The resident on the phone keeps their account after all."""
        erasure = perform(request, None, services.undo_erasure_for, person_id=person_id)
        return Response(ErasureOutput(erasure).data)


def _last_of(person: User) -> Erasure:
    asked = Erasure.objects.filter(person=person).select_related("asked_by")
    return must_exist(asked.order_by("-asked_at").first())
