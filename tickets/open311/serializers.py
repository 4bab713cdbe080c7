"""Shapes of GeoReport v2."""

from datetime import UTC, datetime
from typing import Any

from django.core.validators import URLValidator
from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.fields import empty

from sync.serializing import Input
from tickets.complaints.models import Ticket
from tickets.open311 import access
from tickets.open311.attributes import attributes
from tickets.open311.selectors import STATUSES
from tickets.open311.words import STATUS_NOTES, in_language
from tickets.service_types.models import ServiceType

MOMENT = "%Y-%m-%dT%H:%M:%SZ"
"""Without fractions of a second, which many a client cannot read."""
YEARS = range(1900, 2200)
LONGEST = 4_000
"""Characters of a description, by the specification."""


class JurisdictionInput(Input):
    """Which territory is meant, by its code."""

    jurisdiction_id = serializers.CharField(required=False, max_length=50, default="")


class FileRequestInput(JurisdictionInput):
    """A request. Answers to the service's form come as `attribute[code]`."""

    service_code = serializers.CharField(max_length=40)
    lat = serializers.FloatField(required=False, min_value=-90, max_value=90, help_text="WGS 84; with `long`.")
    long = serializers.FloatField(required=False, min_value=-180, max_value=180)
    address_string = serializers.CharField(required=False, max_length=300)
    address_id = serializers.UUIDField(required=False, help_text="A site that is known from another request.")
    email = serializers.EmailField(required=False, help_text="Passed on to the desk.")
    first_name = serializers.CharField(required=False, max_length=99)
    last_name = serializers.CharField(required=False, max_length=99)
    phone = serializers.CharField(required=False, max_length=32)
    description = serializers.CharField(required=False, max_length=LONGEST)
    media_url = serializers.ListField(
        child=serializers.CharField(max_length=2_000, validators=[URLValidator(["http", "https"])]),
        required=False,
        max_length=10,
        help_text="Passed on to the desk as links. We do not fetch them.",
    )

    def validate_lat(self, value: float) -> float:
        return _a_number(value)

    def validate_long(self, value: float) -> float:
        return _a_number(value)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        for one, other in (("lat", "long"), ("long", "lat")):
            if one in attrs and other not in attrs:
                raise serializers.ValidationError({other: "Give both or neither."}, code="required")
        return attrs


def _a_number(value: float) -> float:
    if value != value:  # NaN, which no bound catches
        raise serializers.ValidationError("A valid number is required.", code="invalid")
    return value


class Several(serializers.CharField):
    """Values separated by commas, or said one after the other."""

    def get_value(self, dictionary: Any) -> Any:
        return ",".join(dictionary.getlist(self.field_name)) or empty


class FileRequestWithPhotosInput(FileRequestInput):
    """The same, with photos."""

    media = serializers.ListField(
        child=serializers.FileField(), required=False, help_text="Photos, or PDFs; up to 5, and so long as one upload."
    )


class RequestsInput(JurisdictionInput):
    """Which requests to show. Several values of one parameter are separated by commas."""

    service_request_id = Several(required=False, max_length=2_000, help_text="Then nothing else counts.")
    service_code = Several(required=False, max_length=2_000)
    start_date = serializers.DateTimeField(required=False, help_text="At most 90 days before `end_date`.")
    end_date = serializers.DateTimeField(required=False)
    status = Several(required=False, max_length=20, help_text="`open`, `closed`.")

    def validate_service_request_id(self, value: str) -> list[str]:
        return _several(value)

    def validate_service_code(self, value: str) -> list[str]:
        return _several(value)

    def validate_start_date(self, value: datetime) -> datetime:
        return _in_our_time(value)

    def validate_end_date(self, value: datetime) -> datetime:
        return _in_our_time(value)

    def validate_status(self, value: str) -> list[str]:
        names = _several(value)
        if not STATUSES.keys() >= {*names}:
            raise serializers.ValidationError(f"Choose of: {', '.join(STATUSES)}.", code="invalid_choice")
        return names


def _several(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _in_our_time(moment: datetime) -> datetime:
    if moment.year not in YEARS:
        raise serializers.ValidationError("Choose a date that somebody may remember.", code="out_of_range")
    return moment


class ErrorOutput(serializers.Serializer[Any]):
    """What is wrong. `code` is the status; the description ends with a code of docs/errors.md."""

    code = serializers.IntegerField()
    description = serializers.CharField()


class EndpointOutput(serializers.Serializer[Any]):
    """Where one API is to be found."""

    specification = serializers.URLField()
    url = serializers.URLField()
    changeset = serializers.DateTimeField(format=MOMENT, default_timezone=UTC, allow_null=True)
    type = serializers.ChoiceField(["production", "test"])
    formats = serializers.ListField(child=serializers.CharField())


class DiscoveryOutput(serializers.Serializer[Any]):
    """Whom to ask, and where what is. What clients keep of services is good as long as `changeset` is the same."""

    changeset = serializers.DateTimeField(format=MOMENT, default_timezone=UTC, allow_null=True)
    contact = serializers.CharField()
    key_service = serializers.CharField(help_text="How to come by a key.")
    endpoints = EndpointOutput(many=True)


class ServiceOutput(serializers.Serializer[Any]):
    """A kind of service on offer."""

    service_code = serializers.CharField(source="code")
    service_name = serializers.SerializerMethodField()
    description = serializers.SerializerMethodField()
    metadata = serializers.SerializerMethodField(help_text="Whether there is a form: see the definition.")
    type = serializers.SerializerMethodField(help_text="`realtime`: filing is answered with the id.")
    keywords = serializers.SerializerMethodField()
    group = serializers.SerializerMethodField()

    def get_service_name(self, service: ServiceType) -> str:
        return in_language(service.name, service.name_zh)

    def get_description(self, service: ServiceType) -> str:
        return in_language(service.name, service.name_zh)

    def get_metadata(self, service: ServiceType) -> bool:
        return bool(service.form.get("properties"))

    def get_type(self, service: ServiceType) -> str:
        return "realtime"

    def get_keywords(self, service: ServiceType) -> str:
        return ""

    def get_group(self, service: ServiceType) -> str:
        return ""


class ValueOutput(serializers.Serializer[Any]):
    """A choice."""

    key = serializers.CharField()
    name = serializers.CharField()


class AttributeOutput(serializers.Serializer[Any]):
    """A question of the form."""

    variable = serializers.BooleanField()
    code = serializers.CharField()
    datatype = serializers.ChoiceField(["string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"])
    required = serializers.BooleanField()  # type: ignore[assignment]  # a field, not whether this one is required
    datatype_description = serializers.CharField(allow_null=True)
    order = serializers.IntegerField()
    description = serializers.CharField()
    values = ValueOutput(many=True)


class ServiceDefinitionOutput(serializers.Serializer[Any]):
    """What is asked for a kind of service."""

    service_code = serializers.CharField(source="code")
    attributes = serializers.SerializerMethodField()

    @extend_schema_field(AttributeOutput(many=True))
    def get_attributes(self, service: ServiceType) -> list[dict[str, Any]]:
        return attributes(service.form)


class FiledOutput(serializers.Serializer[Any]):
    """The request was filed under this number."""

    service_request_id = serializers.CharField(source="reference")
    service_notice = serializers.SerializerMethodField()
    account_id = serializers.SerializerMethodField()

    def get_service_notice(self, ticket: Ticket) -> str:
        return in_language(*STATUS_NOTES[Ticket.Status.NEW])  # also of a repeat, whatever has become of it

    def get_account_id(self, ticket: Ticket) -> str | None:
        return None


class TokenOutput(serializers.Serializer[Any]):
    """The request behind a token; filing is answered at once, so the two are the same."""

    service_request_id = serializers.CharField(source="reference")
    token = serializers.CharField(source="reference")


class RequestOutput(serializers.Serializer[Any]):
    """A request. Strangers get of a public one what `EVERYBODY_SEES`; the rest is null."""

    EVERYBODY_SEES = frozenset(
        {
            "service_request_id",
            "status",
            "status_notes",
            "service_name",
            "service_code",
            "agency_responsible",
            "requested_datetime",
            "updated_datetime",
        }
    )

    service_request_id = serializers.CharField(source="reference")
    status = serializers.SerializerMethodField()
    status_notes = serializers.SerializerMethodField()
    service_name = serializers.SerializerMethodField()
    service_code = serializers.CharField(source="service_type.code")
    description = serializers.SerializerMethodField()
    agency_responsible = serializers.SerializerMethodField()
    service_notice = serializers.SerializerMethodField()
    requested_datetime = serializers.DateTimeField(source="reported_at", format=MOMENT, default_timezone=UTC)
    updated_datetime = serializers.DateTimeField(
        source="updated_at", format=MOMENT, default_timezone=UTC, allow_null=True
    )
    expected_datetime = serializers.DateTimeField(
        source="expected_at",
        format=MOMENT,
        default_timezone=UTC,
        allow_null=True,
        help_text="The end of the window of the visit that is planned.",
    )
    address = serializers.CharField(allow_null=True)
    address_id = serializers.CharField(source="site_id", allow_null=True)
    zipcode = serializers.SerializerMethodField()
    lat = serializers.FloatField(source="site.latitude", allow_null=True, default=None)
    long = serializers.FloatField(source="site.longitude", allow_null=True, default=None)
    media_url = serializers.SerializerMethodField(help_text="The first photo, for whoever has the key.")

    def get_status(self, ticket: Ticket) -> str:
        return next(name for name, statuses in STATUSES.items() if ticket.status in statuses)

    def get_status_notes(self, ticket: Ticket) -> str:
        return in_language(*STATUS_NOTES[ticket.status])

    def get_service_name(self, ticket: Ticket) -> str:
        return in_language(ticket.service_type.name, ticket.service_type.name_zh)

    def get_description(self, ticket: Ticket) -> str | None:
        said: str | None = ticket.said  # type: ignore[attr-defined]  # by the selector
        return said and said[:LONGEST]

    def get_agency_responsible(self, ticket: Ticket) -> str:
        return in_language(ticket.territory.name, ticket.territory.name_zh)

    def get_service_notice(self, ticket: Ticket) -> str | None:
        return None

    def get_zipcode(self, ticket: Ticket) -> str | None:
        return None

    def get_media_url(self, ticket: Ticket) -> str | None:
        if ticket.picture_id is None:  # type: ignore[attr-defined]  # by the selector
            return None
        url = reverse("open311-picture", args=[ticket.picture_id])  # type: ignore[attr-defined]
        return str(self.context["request"].build_absolute_uri(url))

    def to_representation(self, instance: Ticket) -> dict[str, Any]:
        body = super().to_representation(instance)
        if access.is_own(instance, self.context["viewer"]):
            return body
        return {name: value if name in self.EVERYBODY_SEES else None for name, value in body.items()}
