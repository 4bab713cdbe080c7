"""Intake forms: which schemas we take from an administrator, and whether answers fit one.

A form is a JSON Schema (2020-12) of an object. Beside the standard's own keywords these mean something here:

| keyword | meaning |
|---|---|
| `title`, `title_zh` | the label, English and Chinese; also of each choice in a `oneOf` of `const`s |
| `format` | `date-time`, `date`, `time`, `email` and `phone` are checked; others are hints |
| `default` | filled in where the answer is missing |
| `"x-default": "now"` | the same with the present moment, for a `date-time` |

Forms are data from outside: their size, depth and references are bounded, and nothing is ever fetched.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, time
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.core.validators import validate_email
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import SchemaError, ValidationError
from referencing.jsonschema import EMPTY_REGISTRY

from fieldsvc.errors import Invalid
from fieldsvc.time import now
from sync.storable import storable

DIALECT = "https://json-schema.org/draft/2020-12/schema"
MAX_FORM_CHARACTERS = 32_000
MAX_ANSWER_CHARACTERS = 32_000
MAX_DEPTH = 10
MAX_FIELDS = 50
MAX_PATTERN = 200
"""Characters of a regular expression: those of forms are short, and a long one can be made to take for ever."""

FIELD_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
LOCAL_DEFINITION = re.compile(r"#/\$defs/[A-Za-z0-9_]+")
FORBIDDEN = ("$id", "$anchor", "$dynamicRef", "$dynamicAnchor", "$recursiveRef", "$recursiveAnchor", "$vocabulary")
"""Keywords that could make a reference lead elsewhere."""

PHONE = re.compile(r"\+?\(?[0-9][0-9 ()./-]*(?:(?:ext\.?|x|#|转) *[0-9]{1,6})?", re.IGNORECASE)
FORMATS = FormatChecker(formats=())


# Answers


def check_answers(form: Mapping[str, Any], answers: Mapping[str, Any], *, path: str) -> dict[str, Any]:
    """The answers, trimmed and with defaults filled in. `path` is what they are called outside, such as `details`.

    Raises Invalid("details_not_valid"), whose errors name each field with a code: required, type, format, choice,
    too_short, too_long, out_of_range, pattern, unknown_field or invalid.
    """
    if reason := _not_storable(answers, limit=MAX_ANSWER_CHARACTERS):
        raise _refused([{"field": path, "code": "invalid", "detail": reason}])
    tidy = {name: answer.strip() if isinstance(answer, str) else answer for name, answer in answers.items()}
    filled = {**_defaults(form), **tidy}
    validator = Draft202012Validator(form, format_checker=FORMATS, registry=EMPTY_REGISTRY)
    errors = {
        (error["field"], error["code"]): error
        for problem in validator.iter_errors(filled)
        for error in _explained(problem, path)
    }
    if errors:
        raise _refused(list(errors.values()))
    return filled


def _refused(errors: list[dict[str, str]]) -> Invalid:
    return Invalid("details_not_valid", "Correct the answers named in errors.", errors=errors)


def _defaults(form: Mapping[str, Any]) -> dict[str, Any]:
    """What stands in for answers that are missing."""
    filled = {}
    for name, schema in form.get("properties", {}).items():
        if not isinstance(schema, dict):
            continue
        if schema.get("x-default") == "now":
            filled[name] = now().isoformat()
        elif "default" in schema:
            filled[name] = schema["default"]
    return filled


def _explained(problem: ValidationError, path: str) -> Iterator[dict[str, str]]:
    """What is wrong, for a person and for a program; one problem of the library may concern several fields."""
    for step in problem.absolute_path:
        path += f"[{step}]" if isinstance(step, int) else f".{step}"
    value: Any = problem.validator_value
    instance: Any = problem.instance
    schema: Any = problem.schema
    match problem.validator:
        case "required":
            for name in value:
                if name not in instance:
                    yield {"field": f"{path}.{name}", "code": "required", "detail": "This has to be answered."}
        case "additionalProperties":
            for name in sorted(instance.keys() - schema.get("properties", {}).keys()):
                yield {"field": f"{path}.{name}", "code": "unknown_field", "detail": "The form does not ask for this."}
        case "oneOf" if choices := _choices(value):
            detail = f"Choose one of: {', '.join(map(str, choices))}."
            yield {"field": path, "code": "choice", "detail": detail}
        case keyword:
            code, words = KEYWORDS.get(str(keyword), ("invalid", lambda _: problem.message))
            yield {"field": path, "code": code, "detail": words(value)[:500]}


FORMAT_HELP = {
    "phone": "Write a phone number, such as 138 1234 5678 or +86 29 8823 4567 ext 12.",
    "date-time": "Write date and time with the zone, such as 2026-11-22T10:00:00+08:00.",
    "date": "Write a date, such as 2026-11-22.",
    "time": "Write a time, such as 10:00.",
    "email": "Write an e-mail address.",
}
KEYWORDS: dict[str, tuple[str, Callable[[Any], str]]] = {
    "type": ("type", lambda wanted: f"Write a value of type {wanted}."),
    "format": ("format", lambda name: FORMAT_HELP.get(name, f"Write a {name}.")),
    "enum": ("choice", lambda choices: f"Choose one of: {', '.join(map(str, choices))}."),
    "const": ("choice", lambda value: f"Only {value} is possible here."),
    "minLength": ("too_short", lambda length: f"Write at least {length} characters."),
    "maxLength": ("too_long", lambda length: f"Write at most {length} characters."),
    "minItems": ("too_short", lambda length: f"Name at least {length}."),
    "maxItems": ("too_long", lambda length: f"Name at most {length}."),
    "pattern": ("pattern", lambda pattern: f"Write it in the expected form ({pattern})."),
    "minimum": ("out_of_range", lambda least: f"At least {least}."),
    "maximum": ("out_of_range", lambda most: f"At most {most}."),
    "exclusiveMinimum": ("out_of_range", lambda least: f"More than {least}."),
    "exclusiveMaximum": ("out_of_range", lambda most: f"Less than {most}."),
    "multipleOf": ("out_of_range", lambda step: f"A multiple of {step}."),
}


def _choices(branches: Iterable[Any]) -> list[Any]:
    """The values of a `oneOf` that is a list of choices; empty for any other."""
    branches = list(branches)
    if all(isinstance(branch, dict) and "const" in branch for branch in branches):
        return [branch["const"] for branch in branches]
    return []


# Formats; what is no text is a matter of `type`


@FORMATS.checks("phone")
def _is_phone(value: object) -> bool:
    """A number as people write it, five to fifteen digits, perhaps with an extension."""
    if not isinstance(value, str):
        return True
    number = re.split(r"ext|x|#|转", value.lower())[0]
    return bool(PHONE.fullmatch(value.strip())) and 5 <= sum(character.isdigit() for character in number) <= 15


@FORMATS.checks("date-time", raises=ValueError)
def _is_moment(value: object) -> bool:
    """A moment (RFC 3339): without its zone it would be a different one for everybody."""
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


@FORMATS.checks("date", raises=ValueError)
def _is_date(value: object) -> bool:
    return not isinstance(value, str) or bool(date.fromisoformat(value))


@FORMATS.checks("time", raises=ValueError)
def _is_time(value: object) -> bool:
    return not isinstance(value, str) or time.fromisoformat(value) is not None


@FORMATS.checks("email", raises=DjangoValidationError)
def _is_email(value: object) -> bool:
    if isinstance(value, str):
        validate_email(value)
    return True


# Forms


def check_form(form: object, *, path: str = "form") -> None:
    """Raises Invalid("form_not_valid"), naming the place, for what is no schema or none that we take."""
    if not isinstance(form, dict) or form.get("type") != "object" or not isinstance(form.get("properties"), dict):
        raise _no_form(path, 'A form is a JSON Schema with "type": "object" and "properties".')
    if reason := _not_storable(form, limit=MAX_FORM_CHARACTERS):
        raise _no_form(path, reason)
    if form.get("$schema", DIALECT) != DIALECT:
        raise _no_form(f"{path}.$schema", f"Forms are written in {DIALECT}.")
    _check_references(form, form, path)
    try:
        Draft202012Validator.check_schema({**form, "$schema": DIALECT})
    except SchemaError as error:
        place = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.absolute_path)
        raise _no_form(path + place, error.message[:500]) from error
    _check_fields(form, path)


def _no_form(field: str, detail: str) -> Invalid:
    return Invalid("form_not_valid", detail, field=field)


def _check_references(schema: Any, form: Mapping[str, Any], path: str, *, within_definition: bool = False) -> None:
    """A reference leads to a definition of the same form, and never on from there: so none leads in circles."""
    if isinstance(schema, list):
        for index, part in enumerate(schema):
            _check_references(part, form, f"{path}[{index}]", within_definition=within_definition)
    if not isinstance(schema, dict):
        return
    for keyword, part in schema.items():
        place = f"{path}.{keyword}"
        if keyword in FORBIDDEN or (keyword == "$schema" and schema is not form):
            raise _no_form(place, f"Forms do without {keyword}.")
        if keyword == "$ref":
            if within_definition or not isinstance(part, str) or not LOCAL_DEFINITION.fullmatch(part):
                raise _no_form(place, "Refer only to #/$defs/name, and not from within a definition.")
            if part.rpartition("/")[2] not in form.get("$defs", {}):
                raise _no_form(place, "There is no such definition.")
        if keyword == "$defs" and schema is not form:
            raise _no_form(place, "Write definitions at the top of the form.")
        if keyword == "pattern" and isinstance(part, str) and len(part) > MAX_PATTERN:
            raise _no_form(place, f"A pattern has at most {MAX_PATTERN} characters.")
        _check_references(part, form, place, within_definition=within_definition or keyword == "$defs")


def _check_fields(form: Mapping[str, Any], path: str) -> None:
    """Names that programs can use, nothing required that is not asked, and defaults that would be accepted."""
    fields = form["properties"]
    if len(fields) > MAX_FIELDS:
        raise _no_form(f"{path}.properties", f"Nobody answers more than {MAX_FIELDS} questions.")
    for name, schema in fields.items():
        place = f"{path}.properties.{name}"
        if not FIELD_NAME.fullmatch(name):
            raise _no_form(place, "Name fields in small letters, digits and underscores.")
        if not isinstance(schema, dict):
            raise _no_form(place, "Say what is asked: a schema, with a title.")
        for label in ("title", "title_zh"):
            if not isinstance(schema.get(label, ""), str):
                raise _no_form(f"{place}.{label}", "A label is text.")
        if schema.get("x-default", "now") != "now" or ("x-default" in schema and schema.get("format") != "date-time"):
            raise _no_form(f"{place}.x-default", 'The only one is "now", for the format date-time.')
    for index, name in enumerate(form.get("required", [])):
        if name not in fields:
            raise _no_form(f"{path}.required[{index}]", "The form does not ask for this.")
    defaults = _defaults(form)
    questions = {"$defs": form.get("$defs", {}), "properties": fields}
    validator = Draft202012Validator(questions, format_checker=FORMATS, registry=EMPTY_REGISTRY)
    for problem in validator.iter_errors(defaults):
        raise _no_form(f"{path}.properties.{problem.absolute_path[0]}.default", problem.message[:500])


# Both


def _not_storable(value: object, *, limit: int) -> str:
    """Why this JSON value is none that we keep; empty when we do."""
    if _depth_exceeds(value, MAX_DEPTH):
        return f"This is nested deeper than {MAX_DEPTH} levels."
    if not storable(value):
        return "This holds a character or a number that cannot be stored."
    if len(json.dumps(value, ensure_ascii=False)) > limit:
        return f"This is longer than {limit} characters."
    return ""


def _depth_exceeds(value: object, levels: int) -> bool:
    parts: Iterable[object] = ()
    if isinstance(value, dict):
        parts = value.values()
    elif isinstance(value, list):
        parts = value
    return levels < 0 or any(_depth_exceeds(part, levels - 1) for part in parts)
