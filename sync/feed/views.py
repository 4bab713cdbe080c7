from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import orjson
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import UserRateThrottle
from rest_framework.views import APIView

from fieldsvc.errors import Invalid
from fieldsvc.time import now
from sync import registry
from sync.devices.services import note_pull
from sync.feed import digest, selectors, services
from sync.http import device_of, schema_of


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
            OpenApiParameter(
                "schema", int, description="The version of the wire that the phone speaks; 1 if not said."
            ),
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
        schema = schema_of(request)
        note_pull(device_of(request), schema=schema, at=now())
        cursor = request.query_params.get("cursor")
        standing = selectors.stand(request.user, cursor, schema=schema)
        if standing.unfed:
            services.catch_up(batches=1)  # nobody waits for all that somebody has changed by hand
            standing = selectors.stand(request.user, cursor, schema=schema)
        page = selectors.pull(standing, limit=limit, max_bytes=max_bytes)
        more = page.more or standing.unfed
        tail: dict[str, Any] = {"cursor": page.cursor.encode(), "more": more, "server_time": now()}
        if page.total:
            tail["total"] = page.total._asdict()
        return _changes(page.content, tail)


class DigestThrottle(UserRateThrottle):
    """A digest reads all that a person may see: enough for a few repairs an hour, not for a habit."""

    scope = "sync.digest"
    rate = "300/hour"


class DigestOfSome(serializers.Serializer[Any]):
    """How many documents, and the hash of all of them."""

    count = serializers.IntegerField()
    hash = serializers.CharField(help_text="SHA-256, in lower-case hexadecimal.")


class DigestOutput(serializers.Serializer[Any]):
    """One of the three, as asked."""

    collections = serializers.DictField(child=DigestOfSome(), required=False, help_text="By name.")
    buckets = serializers.DictField(child=DigestOfSome(), required=False, help_text="By the last digit of the id.")
    documents = serializers.DictField(child=serializers.CharField(), required=False, help_text="Hashes by id.")
    server_time = serializers.DateTimeField()


class DigestInput(serializers.Serializer[Any]):
    """How closely to look."""

    collection = serializers.ChoiceField(choices=[], required=False)
    bucket = serializers.ChoiceField(choices=list(digest.BUCKETS), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["collection"].choices = sorted(registry.documents())  # type: ignore[attr-defined]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "bucket" in attrs and "collection" not in attrs:
            raise serializers.ValidationError({"collection": "Say of which collection."}, code="required")
        return attrs


class DigestView(APIView):
    """Proof that a replica is what its owner would download, and the way to where it is not: see `docs/sync.md`."""

    throttle_classes = [DigestThrottle]

    @extend_schema(
        operation_id="sync_digest",
        tags=["sync"],
        parameters=[
            OpenApiParameter(
                "schema", int, description="The version of the wire that the phone speaks; 1 if not said."
            ),
            OpenApiParameter("collection", str, description="The buckets of this one."),
            OpenApiParameter("bucket", str, enum=list(digest.BUCKETS), description="The documents of this one."),
        ],
        responses=DigestOutput,
    )
    def get(self, request: Request) -> Response:
        form = DigestInput(data=request.query_params)
        form.is_valid(raise_exception=True)
        collection, bucket = form.validated_data.get("collection"), form.validated_data.get("bucket")
        schema = schema_of(request)
        services.catch_up()
        answer: dict[str, Any]
        if bucket:
            answer = {"documents": digest.of_documents(request.user, schema, collection, bucket)}
        elif collection:
            answer = {"buckets": _plain(digest.of_buckets(request.user, schema, collection))}
        else:
            answer = {"collections": _plain(digest.of_collections(request.user, schema))}
        return Response(answer | {"server_time": now()})


class DocumentsInput(serializers.Serializer[Any]):
    """Documents of one collection, by id."""

    collection = serializers.ChoiceField(choices=[])
    ids = serializers.ListField(child=serializers.UUIDField(), max_length=selectors.MAX_NAMED)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["collection"].choices = sorted(registry.documents())  # type: ignore[attr-defined]


class DocumentsOutput(serializers.Serializer[Any]):
    """A change for each id that was named, in that order. What this person does not see is `deleted`."""

    changes = ChangeOutput(many=True)
    server_time = serializers.DateTimeField()


class DocumentsView(APIView):
    """Named documents as they are now, to repair a replica."""

    @extend_schema(
        operation_id="sync_documents",
        tags=["sync"],
        parameters=[
            OpenApiParameter(
                "schema", int, description="The version of the wire that the phone speaks; 1 if not said."
            ),
        ],
        request=DocumentsInput,
        responses=DocumentsOutput,
    )
    def post(self, request: Request) -> HttpResponse:
        form = DocumentsInput(data=request.data)
        form.is_valid(raise_exception=True)
        schema = schema_of(request)
        services.catch_up()
        content = selectors.named(request.user, **form.validated_data, schema=schema)
        return _changes(content, {"server_time": now()})


def _plain(digests: Mapping[str, digest.Digest]) -> dict[str, Any]:
    return {name: asdict(found) for name, found in digests.items()}


PIECE_BYTES = 250_000
"""Of a large answer: about as much as is sent while it still stands in the processor's cache."""


def _changes(content: Sequence[bytes], tail: Mapping[str, Any]) -> HttpResponse:
    """An answer with changes that are JSON already: megabytes, which are never put together as a whole."""
    count = sum(map(len, content)) // PIECE_BYTES + 1
    size = len(content) // count + 1
    pieces = [
        (b"," if start else b'{"changes":[') + b",".join(content[start : start + size])
        for start in range(0, len(content) or 1, size)
    ]
    pieces[-1] += b"]," + orjson.dumps(tail, option=orjson.OPT_UTC_Z)[1:]
    response = HttpResponse(pieces.pop(0), content_type="application/json")
    response.writelines(pieces)
    response["Content-Length"] = str(sum(map(len, response)))
    return response


def _bound(request: Request, name: str, most: int, refusal: Invalid) -> int:
    text = request.query_params.get(name, str(most))
    if not (text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= most):
        raise refusal
    return int(text)
