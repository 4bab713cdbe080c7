"""Push, fed with whatever a broken or hostile phone might send: drawn from the forms of its own operations.

Never a fault of ours, never an answer that is not documented, and nothing that could be read goes without its answer
and its receipt, whatever stands beside it (laws 1 and 9).
"""

import json
import re
import string
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import jsonschema
import pytest
import yaml
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from rest_framework import serializers

from sync import registry
from sync.ids import uuid7
from sync.models import Receipt
from sync.operations.serializers import OperationInput
from tests.laws import examples
from tests.phone import Phone, fresh_phone
from tests.world import World

pytestmark = pytest.mark.django_db
DOCS = Path(__file__).parents[2] / "docs"
CODES = set(re.findall(r"^\| `([a-z_]+)` \|", (DOCS / "errors.md").read_text(), re.MULTILINE)) | {"internal_error"}

texts = st.one_of(
    st.text(max_size=20),
    st.text(string.printable, max_size=20),
    st.sampled_from(["", " ", "\0", "\ud83d", "x" * 2_100, "1e999", "NaN", "../..", "é" * 300]),
)
numbers = st.one_of(st.integers(), st.integers(-5, 5), st.floats(allow_nan=False, allow_infinity=False))
scalars = st.one_of(st.none(), st.booleans(), numbers, texts)
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=6
)
moments = st.one_of(
    st.datetimes().map(lambda moment: moment.isoformat() + "Z"),
    st.sampled_from(["1970-01-01T00:00:00Z", "2099-12-31T23:59:59Z", "9999-12-31T23:59:59+14:00", "yesterday"]),
)
readings = st.one_of(
    st.fixed_dictionaries(
        {"wall": moments},
        optional={"monotonic_ms": st.integers(-1, 2**63), "boot": texts},
    ),
    anything,
)


def _with_nulls(schema: Any) -> Any:
    """OpenAPI 3.0 says `nullable` where JSON Schema has a type of null."""
    if isinstance(schema, list):
        return [_with_nulls(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    known = {name: _with_nulls(value) for name, value in schema.items()}
    return {**known, "type": [known["type"], "null"]} if known.get("nullable") is True and "type" in known else known


KNOWN = [f"known-{number}" for number in range(40)]
"""Stand for ids of documents that the phone has, which are others in every test."""


def sensible(field: serializers.Field[Any, Any, Any, Any] | None) -> SearchStrategy[Any]:
    """Values that this field of a form might take."""
    match field:
        case serializers.UUIDField():
            return st.sampled_from(KNOWN) | st.uuids().map(str)
        case serializers.BooleanField():
            return st.booleans()
        case serializers.ChoiceField():
            return st.sampled_from([str(choice) for choice in field.choices])
        case serializers.DateTimeField():
            return moments
        case serializers.IntegerField():
            return st.integers(-2, 2**31)
        case serializers.DecimalField():
            return st.decimals(-10, 10**9, places=3).map(str)
        case serializers.FloatField():
            return st.floats(-1000, 1000)
        case serializers.ListSerializer() | serializers.ListField():
            return st.lists(sensible(field.child), max_size=3)
        case serializers.Serializer():
            return form(field)
        case serializers.DictField():
            return st.dictionaries(st.text(string.ascii_lowercase, min_size=1, max_size=5), scalars, max_size=3)
        case serializers.CharField():
            return texts
    return anything


def form(fields: serializers.Serializer[Any]) -> SearchStrategy[dict[str, Any]]:
    """What might be filled into this form: mostly what makes sense, each field perhaps left out or anything at all."""
    required: dict[str, SearchStrategy[Any]] = {}
    optional: dict[str, SearchStrategy[Any]] = {}
    for name, field in fields.fields.items():
        value = st.one_of(sensible(field), sensible(field), anything)
        (required if field.required else optional)[name] = value
    return st.fixed_dictionaries(required, optional=optional)


def pushed_operations() -> SearchStrategy[list[Any]]:
    """A push of operations of every kind, with some that nobody can read."""
    kinds = {kind: form(operation.input()) for kind, operation in sorted(registry.operations().items())}
    ids = st.uuids().map(str)

    def of_kind(kind: str) -> SearchStrategy[Any]:
        return st.fixed_dictionaries(
            {
                "id": ids,
                "seq": st.integers(0, 2**53),
                "kind": st.just(kind),
                "captured": st.one_of(st.just({"wall": "2026-11-22T08:14:03Z"}), readings),
                "data": kinds[kind],
            },
            optional={"depends_on": st.lists(ids, max_size=2)},
        )

    broken = st.one_of(
        anything,
        st.fixed_dictionaries({"id": ids | anything, "kind": texts}, optional={"seq": anything, "data": anything}),
    )
    return st.lists(st.one_of(st.sampled_from(sorted(kinds)).flatmap(of_kind), broken), max_size=6)


@cache
def promised() -> jsonschema.Draft202012Validator:
    """What the schema says of an answer."""
    schema = _with_nulls(yaml.safe_load((DOCS / "openapi.yaml").read_text()))
    return jsonschema.Draft202012Validator({**schema, "$ref": "#/components/schemas/PushOutput"})


def with_real_ids(value: Any, ids: list[str]) -> Any:
    if isinstance(value, list):
        return [with_real_ids(item, ids) for item in value]
    if isinstance(value, dict):
        return {name: with_real_ids(item, ids) for name, item in value.items()}
    return ids[KNOWN.index(value) % len(ids)] if isinstance(value, str) and value in KNOWN else value


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def tom(world: World) -> Phone:
    visit = world.dispatched_visit()
    world.part("VALVE", aboard=2)
    phone = fresh_phone(visit.technician)
    phone.client.raise_request_exception = False
    return phone


def send(phone: Phone, body: Any) -> Any:
    """As bytes of our own making, as the encoder of a test client refuses what a broken phone would send."""
    text = json.dumps(body)
    return phone.client.generic("POST", "/api/v1/sync/push", text, content_type="application/json")


@settings(max_examples=examples(30), suppress_health_check=list(HealthCheck))
@given(drawn=pushed_operations())
def test_whatever_operations_come_each_that_can_be_read_is_answered_and_remembered(tom: Phone, drawn: list[Any]):
    operations = with_real_ids(drawn, [doc_id for _, doc_id in sorted(tom.documents)])
    with undone():
        answer = send(tom, {**tom.envelope(), "operations": operations})
        assert answer.status_code == 200, answer.content
        promised().validate(answer.json())
        results = answer.json()["results"]
        assert len(results) == len(operations)
        readable: set[UUID] = set()
        for operation, result in zip(operations, results, strict=True):
            assert result["status"] != "retry", (operation, result)
            assert result.get("code", "not_found") in CODES, result
            asked = OperationInput(data=operation)
            if asked.is_valid():
                assert result["id"] == str(asked.validated_data["id"])
                assert result.get("code") != "malformed_operation", result
                readable.add(asked.validated_data["id"])
            else:
                assert (result["status"], result["code"]) == ("refused", "malformed_operation")
        assert set(Receipt.objects.values_list("operation_id", flat=True)) == readable
        again = send(tom, {**tom.envelope(), "operations": operations}).json()["results"]
        assert [result["status"] for result in again] == [result["status"] for result in results]


ENVELOPES = st.fixed_dictionaries({}, optional=dict.fromkeys(("device", "schema", "clock", "operations"), anything))


@settings(max_examples=examples(20), suppress_health_check=list(HealthCheck))
@given(envelope=anything | ENVELOPES)
def test_an_envelope_that_nobody_can_read_is_refused_and_applies_nothing(tom: Phone, envelope: Any):
    readable = {"id": str(uuid7()), "seq": 1, "kind": "note.add", "captured": tom.clock(), "data": {}}
    body = {**tom.envelope(), "operations": [readable], **envelope} if isinstance(envelope, dict) else envelope
    with undone():
        answer = send(tom, body)
        if answer.status_code == 200:
            assert len(answer.json()["results"]) == len(body["operations"])
        else:
            assert answer.status_code in (400, 403, 409)
            assert answer.json()["code"] in CODES
            assert not Receipt.objects.exists()
