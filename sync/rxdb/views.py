from http import HTTPStatus
from typing import Any

import orjson
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from fieldsvc import errors
from fieldsvc.errors import Invalid, NotFound
from fieldsvc.time import now
from sync import registry
from sync.feed.services import catch_up
from sync.http import device_of
from sync.rxdb import selectors, services
from sync.rxdb.stream import CONTENT_TYPE, RESYNC

JSON = "application/json"


class CheckpointOutput(serializers.Serializer[Any]):
    """How far the client has pulled. Opaque."""

    cursor = serializers.CharField()


class PulledOutput(serializers.Serializer[Any]):
    """Documents as this person may see them now; `_deleted` ones have an `id` and nothing else."""

    documents = serializers.ListField(child=serializers.DictField())
    checkpoint = CheckpointOutput()


class RowInput(serializers.Serializer[Any]):
    """What the client took the server's document to be (none: it made it), and what it has made of it."""

    assumedMasterState = serializers.DictField(required=False)  # noqa: N815  # the client's words
    newDocumentState = serializers.DictField()  # noqa: N815


class PushedInput(serializers.Serializer[Any]):
    """What the query may tell of the device."""

    wall = serializers.DateTimeField(required=False)


class PullView(APIView):
    """What changed in one collection."""

    @extend_schema(
        operation_id="sync_rxdb_pull",
        tags=["sync"],
        parameters=[
            OpenApiParameter("checkpoint", str, description="From the last page, as JSON; none for a first sync."),
            OpenApiParameter(
                "limit", int, description=f"The batch size, at most {selectors.MAX_BATCH}. A shorter page is the last."
            ),
        ],
        responses=PulledOutput,
    )
    def get(self, request: Request, collection: str) -> HttpResponse:
        """Documents since the checkpoint, as RxDB wants them: `limit` or more while there are so many."""
        known(collection)
        catch_up()
        checkpoint = _cursor(request.query_params.get("checkpoint", ""))
        page = selectors.pull(request.user, collection, checkpoint, _limit(request))
        return HttpResponse(selectors.as_json(page), content_type=JSON)


class PushView(APIView):
    """What a client has written into one collection."""

    @extend_schema(
        operation_id="sync_rxdb_push",
        tags=["sync"],
        parameters=[
            OpenApiParameter(
                "schema", int, description="Version of the documents; that of the device if it is not said."
            ),
            OpenApiParameter("wall", OpenApiTypes.DATETIME, description="What the device's clock says now."),
        ],
        request=RowInput(many=True),
        responses=serializers.ListSerializer(child=serializers.DictField()),
    )
    def post(self, request: Request, collection: str) -> Response:
        """Do what the written documents mean; answers those that are not as they were written, as they are."""
        received_at = now()
        known(collection)
        form = PushedInput(data=request.query_params)
        form.is_valid(raise_exception=True)
        if not isinstance(request.data, list):
            raise Invalid("malformed_request", "Send an array of rows.")
        device = device_of(request)
        try:
            documents = services.push_rows(
                user=request.user,
                device=device,
                collection=collection,
                rows=request.data,
                received_at=received_at,
                wall=form.validated_data.get("wall"),
            )
        except services.OurFault:
            return _our_fault()
        return Response(documents)


class StreamView(APIView):
    """The stream, where it is served without an event loop: the client comes again, and pulls each time.

    With one, `sync/rxdb/stream.py` answers in its place.
    """

    @extend_schema(
        operation_id="sync_rxdb_stream",
        tags=["sync"],
        responses={(HTTPStatus.OK, CONTENT_TYPE): OpenApiTypes.STR},
    )
    def get(self, request: Request, collection: str) -> HttpResponse:
        """Server-sent events: `RESYNC`, or a page as `pull` answers it. Begins with `RESYNC`."""
        known(collection)
        return HttpResponse(RESYNC, content_type=CONTENT_TYPE, headers={"Cache-Control": "no-store"})


def known(collection: str) -> None:
    """Raises NotFound for what is no collection."""
    if collection not in registry.documents():
        raise NotFound()


def _our_fault() -> Response:
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    detail = "This is our fault and has been recorded. Send it again later."
    body = errors.problem(status, "internal_error", detail)
    return Response(body, status=status, content_type=errors.CONTENT_TYPE)


def _cursor(text: str) -> str | None:
    """The checkpoint as the client has it: an object, or none."""
    if text in ("", "null", "undefined"):
        return None
    try:
        checkpoint = orjson.loads(text)
    except ValueError:
        return text
    return str(checkpoint.get("cursor")) if isinstance(checkpoint, dict) else text


def _limit(request: Request) -> int:
    """Raises Invalid: a page that is cut short would be taken for the last one."""
    text = request.query_params.get("limit", "100")
    if not (text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= selectors.MAX_BATCH):
        raise Invalid("limit_not_valid", f"Ask for 1 to {selectors.MAX_BATCH} documents.", field="limit")
    return int(text)
