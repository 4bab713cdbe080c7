"""Our quick serializers say what the framework's own say: of every document, and of whatever is filled into a form."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework import serializers

from sync import registry
from sync.operations.serializers import OperationInput
from sync.serializing import Input, Output, body_of, step, written
from tests.laws import examples
from tests.people import People
from tests.phone import fresh_phone
from tests.sync.test_fuzzed_push import form
from tests.sync.truth import wanted
from tests.world import World

FORMS: dict[str, Any] = {
    "push": OperationInput,
    **{kind: operation.input for kind, operation in sorted(registry.operations().items())},
}


def all_outputs(parent: Any = Output) -> set[Any]:
    return {child for each in parent.__subclasses__() for child in (each, *all_outputs(each))}


@pytest.mark.django_db
def test_each_document_is_rendered_as_the_framework_renders_it(
    people: People, world: World, monkeypatch: pytest.MonkeyPatch
):
    visit = world.dispatched_visit()
    world.part("V-1", aboard=2)
    tom = fresh_phone(people.technician)
    tom.does("visit.accept", visit_id=str(visit.pk))
    assert tom.push() == ["applied"]
    ours = wanted()
    assert {"tickets", "visits", "sites", "stock", "notices"} <= {collection for _, collection, _ in ours}

    compared: set[str] = set()

    def compare(output: Any) -> None:
        ours: Callable[[Any, Any], dict[str, Any]] = output.to_representation

        def both(self: Any, row: Any) -> dict[str, Any]:
            assert written(self.steps, row) == serializers.Serializer.to_representation(self, row)
            compared.add(type(self).__name__)
            return ours(self, row)

        monkeypatch.setattr(output, "to_representation", both, raising=False)

    for output in all_outputs():
        compare(output)
    body_of.cache_clear()
    wanted()
    body_of.cache_clear()
    assert {"TicketOutput", "VisitOutput", "SiteOutput", "ClockSummaryOutput", "EventOutput"} <= compared


class Place:
    name = "Gate"


class Row:
    place = Place()
    nobody = None
    count = 3

    def shout(self) -> str:
        return "HEY"


class Every(serializers.Serializer[Any]):
    far = serializers.CharField(source="place.name")
    gone = serializers.CharField(source="nobody.name", allow_null=True)
    otherwise = serializers.CharField(source="nobody.name", default="-")
    called = serializers.CharField(source="shout")
    whole = serializers.SerializerMethodField()
    missing = serializers.CharField(required=False)

    def get_whole(self, row: Row) -> int:
        return row.count


def test_values_from_afar_defaults_methods_and_gaps_are_as_the_framework_has_them():
    form = Every()
    steps = {str(field.field_name): step(field) for field in form._readable_fields}
    assert written(steps, Row()) == form.to_representation(Row())


@pytest.mark.parametrize("kind", FORMS)
@settings(max_examples=examples(20), suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_each_form_takes_and_refuses_what_the_framework_would(kind: str, data: st.DataObject):
    ours = FORMS[kind]()
    filled_in = data.draw(st.one_of(form(ours), st.just({}), st.none(), st.just([])))
    assert isinstance(ours, Input)
    assert outcome(ours.to_internal_value, filled_in) == outcome(
        lambda given: serializers.Serializer.to_internal_value(ours, given), filled_in
    )


def outcome(read: Any, given: Any) -> Any:
    try:
        return repr(read(given)).replace("zoneinfo.ZoneInfo(key='UTC')", "datetime.timezone.utc")
    except serializers.ValidationError as error:
        return error.get_full_details()
