from typing import Any

import orjson
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from fieldsvc.errors import Forbidden
from fieldsvc.time import now
from sync.devices.models import Device
from sync.http import device_of
from sync.watermelon import pulling, pushing
from sync.watermelon.serializers import PullOutput, PushAnswer, PushChanges, SyncQuery

LAST_PULLED_AT = OpenApiParameter(
    "last_pulled_at", int, description="The `timestamp` of the last pull; none for a first sync."
)


class WatermelonView(APIView):
    """Both halves of `synchronize()`."""

    @extend_schema(
        operation_id="sync_watermelon_pull",
        tags=["sync"],
        parameters=[
            LAST_PULLED_AT,
            OpenApiParameter("schema_version", int, description="Of the app's tables; nothing follows from it."),
            OpenApiParameter("migration", str, description="JSON: the tables named in it come whole."),
        ],
        responses=PullOutput,
    )
    def get(self, request: Request) -> HttpResponse:
        """What changed since the last pull, in one answer."""
        query = SyncQuery.of(request.query_params)
        query.is_valid(raise_exception=True)
        told: dict[str, Any] = query.validated_data
        changes, number = pulling.pull(
            request.user, _device(request), told.get("last_pulled_at") or None, told["migration"]
        )
        return HttpResponse(orjson.dumps({"changes": changes, "timestamp": number}), content_type="application/json")

    @extend_schema(
        operation_id="sync_watermelon_push",
        tags=["sync"],
        parameters=[LAST_PULLED_AT],
        request=PushChanges,
        responses=PushAnswer,
    )
    def post(self, request: Request) -> Response:
        """What the phone wrote since its last push. A row that is refused stays behind alone."""
        received_at = now()
        query, form = SyncQuery.of(request.query_params), PushChanges(data=request.data)
        query.is_valid(raise_exception=True)
        form.is_valid(raise_exception=True)
        answer = pushing.push(
            user=request.user,
            device=_device(request),
            last_pull=query.validated_data.get("last_pulled_at") or None,
            changes=form.validated_data["changes"],
            wall=form.validated_data.get("wall"),
            received_at=received_at,
        )
        return Response(PushAnswer(answer).data)


def _device(request: Request) -> Device:
    device = device_of(request)
    if device is None:
        raise Forbidden("device_mismatch", "Only a device has tables to keep in step. Sign in on it.")
    return device
