"""Serializers that read and write rows with the same result as any other, at a fraction of the price.

A push reads hundreds of operations and renders as many documents. Django REST framework finds out anew for each of them
which fields there are, and for each field where its value comes from. Here that is found out once per serializer, whose
fields must therefore not change once it is in use.
"""

import sys
from collections.abc import Callable, Hashable, Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache, cached_property, partial
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.core import validators
from django.core.exceptions import ObjectDoesNotExist
from django.core.exceptions import ValidationError as DjangoValidationError
from rest_framework import serializers
from rest_framework.fields import SkipField, empty
from rest_framework.serializers import ValidationError
from rest_framework.validators import ProhibitSurrogateCharactersValidator

from sync.storable import UNSTORABLE

AnyField = serializers.Field[Any, Any, Any, Any]
Form = serializers.Serializer[Any]
Step = Callable[[Any], Any]
"""From a row to the value of one field of its body."""


class Input(serializers.Serializer[Any]):
    """A form. Where something is wrong, the framework's own way is gone, which tells all that is wrong."""

    @cached_property
    def _blanks(self) -> list[tuple[str, AnyField, Step, Step | None]]:
        """Of each field its name, how it reads what was filled in, and what this form checks besides."""
        fields: Iterable[AnyField] = self._writable_fields
        names = [(str(field.field_name), field) for field in fields]
        return [(name, field, reader(field), getattr(self, f"validate_{name}", None)) for name, field in names]

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """What was filled in. Raises ValidationError."""
        if type(data) is dict:
            with suppress(ValidationError, DjangoValidationError):
                return self._filled_in(data)
        value: dict[str, Any] = super().to_internal_value(data)
        return value

    def _filled_in(self, data: dict[str, Any]) -> dict[str, Any]:
        value: dict[str, Any] = {}
        for name, field, read, check in self._blanks:
            given = data.get(name, empty)
            if given is empty and not field.required and field.default is empty:
                continue
            try:
                result = read(given)
                self.set_value(value, field.source_attrs, result if check is None else check(result))
            except SkipField:
                continue
        return value

    def run_validators(self, value: Any) -> None:
        """Those of the whole form; most have none, and then nothing need be gathered for them."""
        if self.validators:
            super().run_validators(value)


def reader(field: AnyField) -> Step:
    """How this field reads what was filled in: at once what is as our own clients write it, else in its own way."""
    at_once = _reads_at_once(field)
    if at_once is None:
        return field.run_validation

    def read(given: Any) -> Any:
        value = at_once(given)
        return field.run_validation(given) if value is None else value

    return read


LIMITS: dict[type[AnyField], set[Any]] = {
    serializers.BooleanField: set(),
    serializers.CharField: {
        validators.MaxLengthValidator,
        validators.ProhibitNullCharactersValidator,
        ProhibitSurrogateCharactersValidator,
    },
    serializers.DateTimeField: set(),
    serializers.DictField: set(),
    serializers.IntegerField: {validators.MinValueValidator, validators.MaxValueValidator},
    serializers.ListField: {validators.MaxLengthValidator},
    serializers.UUIDField: set(),
}
"""The fields that are read at once, and what they may ask besides."""
ANYTHING = type(serializers.DictField().child)


def _reads_at_once(field: AnyField) -> Step | None:
    """How to read the usual forms of a value, with None for any other; None if this field has no such way."""
    if type(field) not in LIMITS or {type(limit) for limit in field.validators} - LIMITS[type(field)]:
        return None
    match field:
        case serializers.BooleanField():
            return lambda given: given if type(given) is bool else None
        case serializers.UUIDField():
            return _uuid
        case serializers.DateTimeField() if not hasattr(field, "input_formats"):
            return _moment
        case serializers.IntegerField():
            low = float("-inf") if field.min_value is None else field.min_value
            high = float("inf") if field.max_value is None else field.max_value
            return lambda given: given if type(given) is int and low <= given <= high else None
        case serializers.CharField():
            return partial(
                _text, longest=sys.maxsize if field.max_length is None else field.max_length, trim=field.trim_whitespace
            )
        case serializers.ListField() if field.allow_empty:
            return partial(
                _list, longest=sys.maxsize if field.max_length is None else field.max_length, read=reader(field.child)
            )
        case serializers.DictField() if field.allow_empty and type(field.child) is ANYTHING:
            return lambda given: dict(given) if type(given) is dict else None
    return None


def _uuid(given: Any) -> UUID | None:
    with suppress(ValueError):
        return UUID(given) if type(given) is str else None
    return None


def _moment(given: Any) -> datetime | None:
    with suppress(ValueError):
        moment = datetime.fromisoformat(given) if type(given) is str else None
        return moment if moment and moment.tzinfo is UTC else None
    return None


def _text(given: Any, longest: int, *, trim: bool) -> str | None:
    if type(given) is not str or UNSTORABLE.search(given):
        return None
    text = given.strip() if trim else given
    return text if text and len(text) <= longest else None


def _list(given: Any, longest: int, read: Step) -> list[Any] | None:
    with suppress(ValidationError, DjangoValidationError):
        return list(map(read, given)) if type(given) is list and len(given) <= longest else None
    return None


def validated(form_class: type[Form], data: Any) -> dict[str, Any]:
    """What was filled in, as arguments for a command. Raises ValidationError."""
    form = form_class(data=data)
    form.is_valid(raise_exception=True)
    return dict(form.validated_data)


class Output(serializers.BaseSerializer[Any]):
    """Put it in front of `Serializer` or `ModelSerializer`."""

    @cached_property
    def steps(self) -> Mapping[str, Step]:
        """How each field is written."""
        fields: Iterable[AnyField] = self._readable_fields  # type: ignore[attr-defined]
        return {str(field.field_name): step(field) for field in fields}

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """The body of this row."""
        return written(self.steps, instance)


@cache
def body_of(form: type[Output], **context: Hashable) -> Callable[[Any], dict[str, Any]]:
    """Writes rows by this serializer, in this context. It is made once, as that costs more than writing a row."""
    return form(context=context).to_representation


def written(steps: Mapping[str, Step], row: Any) -> dict[str, Any]:
    """What these steps make of a row."""
    body: dict[str, Any] = {}
    for name, write in steps.items():
        try:
            body[name] = write(row)
        except SkipField:
            continue
    return body


def step(field: AnyField) -> Step:
    """How this field reads its value and writes it."""
    write = writer(field)
    if field.source == "*":
        return write
    read: Step = attrgetter(".".join(field.source_attrs))
    if type(field).get_attribute is not serializers.Field.get_attribute:
        read = field.get_attribute

    def read_and_write(row: Any) -> Any:
        try:
            value = read(row)
        except (AttributeError, ObjectDoesNotExist):
            value = field.get_attribute(row)  # there may be a default
        if value is None:
            return None
        return write(field.get_attribute(row) if callable(value) else value)

    return read_and_write


def writer(field: AnyField) -> Step:
    """What becomes of the value of a field."""
    if type(field) in TEXTS and getattr(field, "uuid_format", "hex_verbose") == "hex_verbose":
        return str
    if type(field) is not serializers.DateTimeField or hasattr(field, "format"):
        return field.to_representation

    def write(moment: Any) -> Any:
        if isinstance(moment, datetime) and moment.tzinfo is UTC:  # as rows come; no need to look for a time zone
            return moment.isoformat().removesuffix("+00:00") + "Z"
        return field.to_representation(moment)

    return write


TEXTS = {serializers.CharField, serializers.UUIDField}
"""They write what they hold as text."""
