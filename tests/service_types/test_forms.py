"""Intake forms: which we take, and how answers are checked."""

from datetime import UTC, datetime

import pytest

from fieldsvc.errors import Invalid
from fieldsvc.time import time_is
from tickets.service_types.defaults import SERVICE_TYPES
from tickets.service_types.forms import check_form
from tickets.service_types.models import ServiceType
from tickets.service_types.services import validate_details

FORMS = {row.code: row.form for row in SERVICE_TYPES}
BROADBAND = {
    "account": "029-1234567",
    "complex": "Garden Court",
    "phone": "138 1234 5678",
    "fault": "no_connection",
    "reported_at": "2026-11-22T10:00:00+08:00",
}
HOTEL = {"hotel_name": "Grand", "address": "1 Bell Street", "phone": "029-88234567", "fault": "no_signal"}


def kind(form):
    return ServiceType(code="test", name="Test", form=form)


def refused(form, details):
    """The errors that these answers bring, by field."""
    with pytest.raises(Invalid) as refusal:
        validate_details(kind(form), details)
    assert refusal.value.code == "details_not_valid"
    return {error["field"]: error["code"] for error in refusal.value.extra["errors"]}


def form_refused(form):
    """Where such a form is wrong."""
    with pytest.raises(Invalid) as refusal:
        check_form(form)
    assert refusal.value.code == "form_not_valid"
    return refusal.value.extra["errors"][0]["field"]


def asks(schema, **more):
    return {"type": "object", "properties": {"answer": schema}, **more}


# Answers


def test_broadband_asks_five_things_and_hotel_wireless_four():
    assert list(FORMS["broadband"]["properties"]) == ["account", "complex", "phone", "fault", "reported_at"]
    assert list(FORMS["hotel_wireless"]["properties"]) == ["hotel_name", "address", "phone", "fault"]


def test_full_answers_are_taken_as_they_are():
    assert validate_details(kind(FORMS["broadband"]), BROADBAND) == BROADBAND
    assert validate_details(kind(FORMS["hotel_wireless"]), HOTEL) == HOTEL


@pytest.mark.parametrize("field", ["account", "complex", "phone", "fault"])
def test_each_of_the_answers_for_broadband_is_needed(field):
    for nothing in (None, "", "  "):
        assert refused(FORMS["broadband"], {**BROADBAND, field: nothing}).keys() == {f"details.{field}"}
    missing = {name: answer for name, answer in BROADBAND.items() if name != field}
    assert refused(FORMS["broadband"], missing) == {f"details.{field}": "required"}


@pytest.mark.parametrize("field", ["hotel_name", "address", "phone", "fault"])
def test_each_of_the_answers_for_a_hotel_is_needed(field):
    missing = {name: answer for name, answer in HOTEL.items() if name != field}
    assert refused(FORMS["hotel_wireless"], missing) == {f"details.{field}": "required"}


def test_the_time_of_the_report_is_now_unless_it_was_said():
    unsaid = {name: answer for name, answer in BROADBAND.items() if name != "reported_at"}
    with time_is(datetime(2026, 11, 22, 3, tzinfo=UTC)):
        assert validate_details(kind(FORMS["broadband"]), unsaid)["reported_at"] == "2026-11-22T03:00:00+00:00"


def test_blanks_around_an_answer_are_not_part_of_it():
    assert validate_details(kind(FORMS["hotel_wireless"]), {**HOTEL, "hotel_name": " Grand\n"}) == HOTEL


def test_all_mistakes_are_named_at_once():
    wrong = {
        "account": " ",
        "phone": "call me",
        "fault": "possessed",
        "colour": "red",
        "reported_at": "2026-11-22 10:00",
    }
    assert refused(FORMS["broadband"], wrong) == {
        "details.account": "too_short",
        "details.complex": "required",
        "details.phone": "format",
        "details.fault": "choice",
        "details.colour": "unknown_field",
        "details.reported_at": "format",
    }


@pytest.mark.parametrize(
    "number", ["13812345678", "+86 138 1234 5678", "029-88234567", "(029) 8823 4567 ext 12", "88234567转803", "10086"]
)
def test_phone_numbers_are_taken_as_people_write_them(number):
    assert validate_details(kind(asks({"format": "phone"})), {"answer": number})


@pytest.mark.parametrize(
    "number", ["", "1234", "abc", "138-abcd-5678", "1" * 16, "+", "ext 12", "12345678 extra", "٣٤٥٦٧٨"]
)
def test_what_cannot_be_dialled_is_no_phone_number(number):
    assert refused(asks({"format": "phone"}), {"answer": number}) == {"details.answer": "format"}


@pytest.mark.parametrize(
    ("schema", "answer", "code"),
    [
        ({"type": "integer"}, "five", "type"),
        ({"type": "string", "maxLength": 3}, "four", "too_long"),
        ({"type": "string", "minLength": 3}, "ab", "too_short"),
        ({"minimum": 0}, -1, "out_of_range"),
        ({"maximum": 9}, 10, "out_of_range"),
        ({"enum": ["a", "b"]}, "c", "choice"),
        ({"format": "date"}, "2026-02-30", "format"),
        ({"format": "time"}, "25:00", "format"),
        ({"format": "email"}, "nobody", "format"),
        ({"not": {"const": 1}}, 1, "invalid"),
        ({"oneOf": [{"minimum": 1}, {"maximum": 5}]}, 3, "invalid"),
    ],
)
def test_every_rule_of_a_form_has_its_code(schema, answer, code):
    assert refused(asks(schema), {"answer": answer}) == {"details.answer": code}


def test_errors_name_the_place_inside_lists_and_groups():
    form = {
        "type": "object",
        "properties": {
            "rooms": {
                "type": "array",
                "items": {"type": "object", "properties": {"floor": {"type": "integer"}}, "required": ["floor"]},
            }
        },
    }
    assert refused(form, {"rooms": [{"floor": 1}, {"floor": "two"}, {}]}) == {
        "details.rooms[1].floor": "type",
        "details.rooms[2].floor": "required",
    }


def test_defaults_fill_what_was_left_out_and_nothing_else():
    form = asks({"type": "integer", "default": 1})
    assert validate_details(kind(form), {}) == {"answer": 1}
    assert validate_details(kind(form), {"answer": 2}) == {"answer": 2}
    assert refused(form, {"answer": None}) == {"details.answer": "type"}


def test_answers_that_no_database_keeps_are_refused():
    form = {"type": "object", "properties": {}}
    deep: dict[str, object] = {}
    for _ in range(20):
        deep = {"a": deep}
    texts = ({"a": "\0"}, {"\0": 1}, {"a": "\ud800"}, {"a": "x" * 40_000})
    for answers in (*texts, {"a": float("nan")}, {"a": 1e23}, {"a": 10**40}, deep):
        assert refused(form, answers) == {"details": "invalid"}


def test_a_form_may_refer_to_its_own_definitions():
    form = asks({"$ref": "#/$defs/number"}, **{"$defs": {"number": {"type": "integer"}}})
    check_form(form)
    assert validate_details(kind(form), {"answer": 1}) == {"answer": 1}
    assert refused(form, {"answer": "one"}) == {"details.answer": "type"}


# Forms


@pytest.mark.parametrize("code", FORMS)
def test_the_shipped_forms_are_forms_and_labelled_in_both_languages(code):
    check_form(FORMS[code])
    for schema in FORMS[code]["properties"].values():
        assert schema["title"]
        assert schema["title_zh"]
        assert all(choice["title"] and choice["title_zh"] for choice in schema.get("oneOf", []))


@pytest.mark.parametrize(
    ("form", "place"),
    [
        ([], "form"),
        (True, "form"),
        ({"type": "string"}, "form"),
        ({"type": "object"}, "form"),
        ({"type": "object", "properties": []}, "form"),
        ({**asks({}), "$schema": "http://json-schema.org/draft-07/schema#"}, "form.$schema"),
        (asks({"type": "colour"}), "form.properties.answer.type"),
        (asks({"pattern": "("}), "form.properties.answer.pattern"),
        (asks({"pattern": "a" * 300}), "form.properties.answer.pattern"),
        (asks({"minLength": -1}), "form.properties.answer.minLength"),
        (asks(True), "form.properties.answer"),
        (asks({"title": 1}), "form.properties.answer.title"),
        (asks({"title_zh": ["x"]}), "form.properties.answer.title_zh"),
        (asks({"x-default": "now"}), "form.properties.answer.x-default"),
        (asks({"format": "date-time", "x-default": "later"}), "form.properties.answer.x-default"),
        (asks({"type": "integer", "default": "one"}), "form.properties.answer.default"),
        (asks({}, required=["other"]), "form.required[0]"),
        ({"type": "object", "properties": {"Big Name": {}}}, "form.properties.Big Name"),
        ({"type": "object", "properties": {f"f{n}": {} for n in range(51)}}, "form.properties"),
        (asks({"description": "x" * 40_000}), "form"),
        (asks({"description": "\0"}), "form"),
    ],
)
def test_what_is_no_form_is_refused_with_the_place(form, place):
    assert form_refused(form) == place


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "https://example.org/schema.json"},
        {"$ref": "file:///etc/passwd"},
        {"$ref": "#"},
        {"$ref": "#/properties/answer"},
        {"$ref": "#/$defs/missing"},
        {"$ref": 1},
        {"$dynamicRef": "#x"},
        {"$id": "https://example.org/"},
        {"$anchor": "x"},
        {"items": {"$schema": "https://json-schema.org/draft/2020-12/schema"}},
        {"$defs": {}},
    ],
)
def test_references_that_lead_elsewhere_or_in_circles_are_refused(schema):
    assert form_refused(asks(schema)).startswith("form.properties.answer.")


def test_definitions_do_not_refer_to_one_another():
    circle = asks({"$ref": "#/$defs/a"}, **{"$defs": {"a": {"anyOf": [{"$ref": "#/$defs/a"}]}}})
    assert form_refused(circle) == "form.$defs.a.anyOf[0].$ref"


def test_a_form_nested_too_deeply_is_refused():
    schema: dict[str, object] = {}
    for _ in range(12):
        schema = {"items": schema}
    assert form_refused(asks(schema)) == "form"
