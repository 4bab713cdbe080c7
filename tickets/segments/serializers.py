"""Shapes of segments over HTTP."""

from rest_framework import serializers

from sync.serializing import Input, Output
from tickets.segments.models import NetworkConnection, NetworkSegment
from tickets.sites.models import Site

MOST_SITES = 1_000
"""In one request."""


class ChangeSegmentInput(Input):
    """What changes."""

    name = serializers.CharField(max_length=200, required=False)
    name_zh = serializers.CharField(max_length=200, required=False, allow_blank=True)
    service_types = serializers.ListField(
        child=serializers.CharField(max_length=40), required=False, help_text="Codes of what it carries; none: all."
    )
    is_active = serializers.BooleanField(required=False)


class AddSegmentInput(Input):
    """A new segment."""

    id = serializers.UUIDField(required=False)
    territory_id = serializers.UUIDField()
    code = serializers.SlugField(max_length=40)
    name = serializers.CharField(max_length=200)
    name_zh = serializers.CharField(max_length=200, required=False, allow_blank=True)
    service_types = serializers.ListField(
        child=serializers.CharField(max_length=40), required=False, help_text="Codes of what it carries; none: all."
    )


class NamedSitesInput(Input):
    """Sites by their ids, or all that there are of a complex, or both."""

    site_ids = serializers.ListField(child=serializers.UUIDField(), required=False, max_length=MOST_SITES)
    complex = serializers.CharField(max_length=200, required=False, allow_blank=True)


class SegmentNameOutput(Output, serializers.ModelSerializer[NetworkSegment]):
    """A segment by its names."""

    class Meta:
        model = NetworkSegment
        fields = ["id", "code", "name", "name_zh"]
        read_only_fields = fields


class NetworkSegmentOutput(SegmentNameOutput):
    """A stretch of a network. What hangs on it: `GET /network-connections?segment=…`."""

    territory_id = serializers.UUIDField()
    sites = serializers.IntegerField(source="how_many", help_text="How many hang on it now.")

    class Meta(SegmentNameOutput.Meta):
        fields = [*SegmentNameOutput.Meta.fields, "territory_id", "service_types", "is_active", "sites"]
        read_only_fields = fields


class ConnectedSiteOutput(Output, serializers.ModelSerializer[Site]):
    """A site by where it is."""

    class Meta:
        model = Site
        fields = ["id", "name", "complex", "address", "latitude", "longitude"]
        read_only_fields = fields


class NetworkConnectionOutput(Output, serializers.ModelSerializer[NetworkConnection]):
    """A site hangs on a segment, or hung there until."""

    segment = SegmentNameOutput()
    site = ConnectedSiteOutput()

    class Meta:
        model = NetworkConnection
        fields = ["id", "segment", "site", "since", "until"]
        read_only_fields = fields
