"""Shapes of warranties and their terms."""

from rest_framework import serializers

from sync.serializing import Input, Output
from tickets.warranties.models import Warranty, WarrantyTerm


class SetWarrantyTermInput(Input):
    """For how long we answer for work of a service type, or for a part."""

    id = serializers.UUIDField(required=False)
    service_type = serializers.SlugField(required=False, max_length=40)
    part_id = serializers.UUIDField(required=False, allow_null=True)
    months = serializers.IntegerField(required=False, min_value=0, max_value=240)
    days = serializers.IntegerField(required=False, min_value=0, max_value=3660)
    valid_from = serializers.DateField()
    valid_until = serializers.DateField(required=False, allow_null=True)


class EndWarrantyTermInput(Input):
    """The first day on which it holds no more; null: until further notice."""

    valid_until = serializers.DateField(allow_null=True)


class WarrantyTermOutput(Output, serializers.ModelSerializer[WarrantyTerm]):
    """For repairs of a service type, or for units of a part: months, and days on top."""

    service_type = serializers.CharField(source="service_type.code", default=None, allow_null=True)
    part_id = serializers.UUIDField(allow_null=True)
    part_number = serializers.CharField(source="part.number", default=None, allow_null=True)

    class Meta:
        model = WarrantyTerm
        fields = ["id", "service_type", "part_id", "part_number", "months", "days", "valid_from", "valid_until"]
        read_only_fields = fields


class WarrantyOutput(Output, serializers.ModelSerializer[Warranty]):
    """What we answer for until when: a repair of this fault, or a unit of a part; and for which ticket it was done."""

    ticket_id = serializers.UUIDField()
    ticket_reference = serializers.CharField(source="ticket.reference")
    site_id = serializers.UUIDField(allow_null=True)
    asset_id = serializers.UUIDField(allow_null=True)
    service_type = serializers.CharField(source="service_type.code")
    part_id = serializers.UUIDField(allow_null=True)
    part_name = serializers.CharField(source="part.name", default=None, allow_null=True)
    part_name_zh = serializers.CharField(source="part.name_zh", default=None, allow_null=True)
    replaced_for_id = serializers.UUIDField(allow_null=True, help_text="The ticket for which the unit was taken out.")

    class Meta:
        model = Warranty
        fields = [
            "id",
            "kind",
            "ticket_id",
            "ticket_reference",
            "site_id",
            "asset_id",
            "service_type",
            "fault",
            "part_id",
            "part_name",
            "part_name_zh",
            "serial",
            "since",
            "until",
            "blocked",
            "replaced_for_id",
        ]
        read_only_fields = fields
