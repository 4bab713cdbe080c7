"""Serializers that read and write rows with the same result as any other, at a fraction of the price.

A push reads hundreds of operations and renders as many documents. Django REST framework finds out anew for each of them
which fields there are, and for each field where its value comes from. Here that is found out once per serializer, whose
fields must therefore not change once it is in use.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache, cached_property
from operator import attrgetter
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.core.exceptions import ValidationError as DjangoValidationError
from rest_framework import serializers
from rest_framework.fields import SkipField, empty
from rest_framework.serializers import ValidationError

AnyField = serializers.Field[Any, Any, Any, Any]
Form = serializers.Serializer[Any]
Step = Callable[[Any], Any]
"""From a row to the value of one field of its body."""


class Input(serializers.Serializer[Any]):
    """A form. Where something is wrong, the framework's own way is gone, which tells all that is wrong."""

    @cached_property
    def _checks(self) -> list[tuple[str, AnyField, Step | None]]:
        fields: Iterable[AnyField] = self._writable_fields
        return [(str(field.field_name), field, getattr(self, f"validate_{field.field_name}", None)) for field in fields]

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """What was filled in. Raises ValidationError."""
        if type(data) is dict:
            with suppress(ValidationError, DjangoValidationError):
                return self._filled_in(data)
        value: dict[str, Any] = super().to_internal_value(data)
        return value

    def _filled_in(self, data: dict[str, Any]) -> dict[str, Any]:
        value: dict[str, Any] = {}
        for name, field, check in self._checks:
            given = data.get(name, empty)
            if given is empty and not field.required and field.default is empty:
                continue
            try:
                result = field.run_validation(given)
                self.set_value(value, field.source_attrs, result if check is None else check(result))
            except SkipField:
                continue
        return value

    def run_validators(self, value: Any) -> None:
        """Those of the whole form; most have none, and then nothing need be gathered for them."""
        if self.validators:
            super().run_validators(value)


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
