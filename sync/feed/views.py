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


class ChangesOutput(serializers.Serializer[Any]):
    """A page of changes; pull again with `cursor` while there is `more`."""

    changes = ChangeOutput(many=True)
    cursor = serializers.CharField()
    more = serializers.BooleanField()
    server_time = serializers.DateTimeField()


class ChangesView(APIView):
    """What changed since the cursor; without a cursor, everything."""

    @extend_schema(
        operation_id="sync_changes",
        tags=["sync"],
        parameters=[
            OpenApiParameter("cursor", str, description="From the last page; none for a first sync."),
            OpenApiParameter("limit", int, description=f"Documents per page, at most {selectors.MAX_PAGE}."),
        ],
        responses=ChangesOutput,
    )
    def get(self, request: Request) -> HttpResponse:
        services.catch_up()
        page = selectors.pull(request.user, request.query_params.get("cursor") or None, _limit(request))
        head = orjson.dumps(
            {"cursor": page.cursor.encode(), "more": page.more, "server_time": now()}, option=orjson.OPT_UTC_Z
        ).decode()
        body = f'{{"changes":[{",".join(page.items)}],{head[1:]}'
        return HttpResponse(body.encode(), content_type="application/json")


def _limit(request: Request) -> int:
    text = request.query_params.get("limit", str(selectors.PAGE))
    if not (text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= selectors.MAX_PAGE):
        raise Invalid("limit_not_valid", f"Ask for 1 to {selectors.MAX_PAGE} documents.", field="limit")
    return int(text)
