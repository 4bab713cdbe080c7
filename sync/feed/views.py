from typing import Any

import orjson
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from fieldsvc.errors import Invalid
from fieldsvc.time import now
from sync.feed import selectors, services


class ChangeOutput(serializers.Serializer[Any]):
    """One document as this person may see it now, or its withdrawal (`deleted`, no `doc`)."""

    collection = serializers.CharField()
    id = serializers.UUIDField()
    version = serializers.IntegerField()
    deleted = serializers.BooleanField()
    doc = serializers.DictField(allow_null=True)


class TotalOutput(serializers.Serializer[Any]):
    """What a first sync will bring, at most: a document that stands in two of the person's scopes counts twice."""

    documents = serializers.IntegerField()
    bytes = serializers.IntegerField(help_text="Of the documents, in UTF-8, before compression.")


class ChangesOutput(serializers.Serializer[Any]):
    """A page of changes; pull again with `cursor` while there is `more`."""

    changes = ChangeOutput(many=True)
    cursor = serializers.CharField()
    more = serializers.BooleanField()
    total = TotalOutput(required=False, help_text="On the first page of a first sync.")
    server_time = serializers.DateTimeField()


class ChangesView(APIView):
    """What changed since the cursor; without a cursor, everything."""

    @extend_schema(
        operation_id="sync_changes",
        tags=["sync"],
        parameters=[
            OpenApiParameter("cursor", str, description="From the last page; none for a first sync."),
            OpenApiParameter("limit", int, description=f"Documents per page, at most {selectors.MAX_PAGE}."),
            OpenApiParameter(
                "max_bytes",
                int,
                description=f"A page ends with the document that passes this size, at most {selectors.MAX_PAGE_BYTES}.",
            ),
        ],
        responses=ChangesOutput,
    )
    def get(self, request: Request) -> HttpResponse:
        most, most_bytes = selectors.MAX_PAGE, selectors.MAX_PAGE_BYTES
        limit = _bound(request, "limit", most, Invalid("limit_not_valid", f"Ask for 1 to {most:,}.", field="limit"))
        too_many = Invalid("max_bytes_not_valid", f"Ask for 1 to {most_bytes:,}.", field="max_bytes")
        max_bytes = _bound(request, "max_bytes", most_bytes, too_many)
        services.catch_up()
        page = selectors.pull(
            request.user, request.query_params.get("cursor") or None, limit=limit, max_bytes=max_bytes
        )
        tail: dict[str, Any] = {"cursor": page.cursor.encode(), "more": page.more, "server_time": now()}
        if page.total:
            tail["total"] = page.total._asdict()
        encoded = orjson.dumps(tail, option=orjson.OPT_UTC_Z)
        body = b"".join((b'{"changes":[', b",".join(page.content), b"],", encoded[1:]))
        return HttpResponse(body, content_type="application/json")


def _bound(request: Request, name: str, most: int, refusal: Invalid) -> int:
    text = request.query_params.get(name, str(most))
    if not (text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= most):
        raise refusal
    return int(text)
