"""HTTP: deleting one's account."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from fieldsvc.errors import must_exist
from fieldsvc.time import now
from sync.http import actor_of
from sync.serializing import Output
from tickets.erasures import services
from tickets.erasures.models import Erasure


class ErasureOutput(Output, serializers.ModelSerializer[Erasure]):
    """When one is forgotten."""

    class Meta:
        model = Erasure
        fields = ["id", "status", "asked_at", "due_at", "decided_at"]
        read_only_fields = fields


class ErasureView(APIView):
    @extend_schema(operation_id="me_erasure", tags=["self-service"], responses=ErasureOutput)
    def get(self, request: Request) -> Response:
        """The last time that one has asked to be forgotten."""
        erasure = must_exist(Erasure.objects.filter(person=actor_of(request).user).order_by("-asked_at").first())
        return Response(ErasureOutput(erasure).data)

    @extend_schema(operation_id="me_erasure_ask", tags=["self-service"], request=None, responses={202: ErasureOutput})
    def post(self, request: Request) -> Response:
        """Delete one's account, after days in which it can be undone. For residents."""
        erasure = services.ask_erasure(actor=actor_of(request), occurred_at=now())
        return Response(ErasureOutput(erasure).data, status.HTTP_202_ACCEPTED)

    @extend_schema(operation_id="me_erasure_undo", tags=["self-service"], responses=ErasureOutput)
    def delete(self, request: Request) -> Response:
        """Keep one's account after all."""
        return Response(ErasureOutput(services.undo_erasure(actor=actor_of(request), occurred_at=now())).data)
