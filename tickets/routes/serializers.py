"""Shapes of plans over HTTP."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from sync.serializing import Input, Output
from tickets.routes.ground import REASONS
from tickets.routes.models import DepotCounter, PlannedStop, RoutePlan
from tickets.routes.services import MOST_SECONDS


class AskPlanInput(Input):
    """A day of a territory."""

    id = serializers.UUIDField(required=False, help_text="Made by the client, so that a repeat is harmless.")
    territory_id = serializers.UUIDField()
    day = serializers.DateField(help_text="By the wall clock of the territory.")
    seconds = serializers.IntegerField(
        min_value=1, max_value=MOST_SECONDS, required=False, help_text="How long it may be thought about: 60 at most."
    )
    parts_required = serializers.BooleanField(
        required=False,
        help_text="Send only whoever has the usual quantities of the likely parts in the van, or fetches them before.",
    )


class DecideInput(Input):
    """Which stops; where nothing is named, all of the plan."""

    technician_ids = serializers.ListField(child=serializers.UUIDField(), required=False, max_length=100)
    stop_ids = serializers.ListField(child=serializers.UUIDField(), required=False, max_length=1000)
    reason = serializers.CharField(
        required=False, max_length=1000, help_text="For technicians whose visit somebody else gets."
    )


class FiguresOutput(Output, serializers.Serializer[Any]):
    """What a plan costs."""

    visits = serializers.IntegerField()
    left_out = serializers.IntegerField()
    travel_seconds = serializers.IntegerField()
    travel_metres = serializers.IntegerField()
    late = serializers.IntegerField(help_text="So many visits begin after their promised window.")
    late_seconds = serializers.IntegerField(help_text="All of them together.")
    overtime_seconds = serializers.IntegerField(help_text="Past the ends of shifts, together.")
    least_busy_seconds = serializers.IntegerField(help_text="At work or on the road: whoever has the least to do.")
    most_busy_seconds = serializers.IntegerField()
    windows_changed = serializers.IntegerField(help_text="Residents who were told another window.")
    technicians_changed = serializers.IntegerField(help_text="Residents who were told another technician.")


class ComparedOutput(Output, serializers.Serializer[Any]):
    """The plan, what is planned at present, and what nearest-first would come to."""

    plan = FiguresOutput()
    present = FiguresOutput(help_text="Without what nobody has planned yet.")
    nearest_first = FiguresOutput(help_text="Whoever is free first goes to the nearest visit.")


class LeftOutOutput(Output, serializers.Serializer[Any]):
    """A ticket that is not in the plan. A visit that there is already stays as it is."""

    ticket_id = serializers.UUIDField()
    visit_id = serializers.UUIDField(allow_null=True)
    reason = serializers.ChoiceField(choices=list(REASONS))
    text = serializers.CharField()
    text_zh = serializers.CharField()
    missing = serializers.ListField(child=serializers.CharField(), help_text="Codes of skills, numbers of parts.")


class RoutePlanOutput(Output, serializers.ModelSerializer[RoutePlan]):
    """A plan of a day, and how far it is."""

    territory_id = serializers.UUIDField()
    asked_by_id = serializers.UUIDField()
    seconds = serializers.IntegerField(help_text="Spent so far, of `seconds_allowed`.")
    figures = serializers.SerializerMethodField(help_text="Null until it is ready.")
    left_out = serializers.SerializerMethodField()

    class Meta:
        model = RoutePlan
        fields = [
            "id",
            "territory_id",
            "day",
            "status",
            "parts_required",
            "asked_by_id",
            "asked_at",
            "seconds",
            "seconds_allowed",
            "visits",
            "best_left_out",
            "as_of",
            "ended_at",
            "expires_at",
            "travel_source",
            "figures",
            "left_out",
        ]
        read_only_fields = fields

    @extend_schema_field(ComparedOutput(allow_null=True))
    def get_figures(self, plan: RoutePlan) -> Mapping[str, Any] | None:
        return plan.figures or None

    @extend_schema_field(LeftOutOutput(many=True))
    def get_left_out(self, plan: RoutePlan) -> list[dict[str, Any]]:
        return [
            {**item, "text": REASONS[item["reason"]][0], "text_zh": REASONS[item["reason"]][1]}
            for item in plan.left_out
        ]


class SetDepotCounterInput(Input):
    """Where a depot hands parts out."""

    depot_id = serializers.UUIDField()
    latitude = serializers.FloatField(min_value=-90, max_value=90, help_text="Degrees north, WGS 84.")
    longitude = serializers.FloatField(min_value=-180, max_value=180, help_text="Degrees east, WGS 84.")
    minutes = serializers.IntegerField(
        min_value=0, max_value=240, default=10, help_text="How long it takes to have something handed out."
    )


class DepotCounterOutput(Output, serializers.ModelSerializer[DepotCounter]):
    """Where a depot hands parts out."""

    depot_id = serializers.UUIDField()
    depot_code = serializers.CharField(source="depot.code")
    depot_name = serializers.CharField(source="depot.name")

    class Meta:
        model = DepotCounter
        fields = ["id", "depot_id", "depot_code", "depot_name", "latitude", "longitude", "minutes"]
        read_only_fields = fields


class FetchedPartOutput(Output, serializers.Serializer[Any]):
    """So much of a part is fetched."""

    part_id = serializers.UUIDField()
    number = serializers.CharField()
    quantity = serializers.CharField()


class PlannedStopOutput(Output, serializers.ModelSerializer[PlannedStop]):
    """One stop of a technician's day: a visit; where parts are fetched (`depot_id`, without ticket); or the break."""

    technician_id = serializers.UUIDField()
    technician_name = serializers.CharField(source="technician.name")
    ticket_id = serializers.UUIDField(allow_null=True)
    reference = serializers.CharField(source="ticket.reference", default=None, allow_null=True)
    visit_id = serializers.UUIDField(allow_null=True)
    depot_id = serializers.UUIDField(
        allow_null=True, help_text="Of a visit: from where something is fetched for it before."
    )
    depot_name = serializers.CharField(source="depot.name", default=None, allow_null=True)
    parts = FetchedPartOutput(many=True, help_text="What is fetched there, or for this visit.")
    requisition_id = serializers.UUIDField(allow_null=True, help_text="By which it was asked for.")
    was_technician_id = serializers.UUIDField(allow_null=True)
    decided_by_id = serializers.UUIDField(allow_null=True)
    accepted_visit_id = serializers.UUIDField(allow_null=True)
    refusal = serializers.DictField(allow_null=True, help_text="Why it could not be accepted or undone: a problem.")

    class Meta:
        model = PlannedStop
        fields = [
            "id",
            "position",
            "technician_id",
            "technician_name",
            "ticket_id",
            "reference",
            "visit_id",
            "fixed",
            "depot_id",
            "depot_name",
            "parts",
            "requisition_id",
            "travel_seconds",
            "travel_metres",
            "arrives_at",
            "begins_at",
            "leaves_at",
            "late_seconds",
            "change",
            "window_start",
            "window_end",
            "was_technician_id",
            "was_window_start",
            "was_window_end",
            "status",
            "refusal",
            "decided_by_id",
            "decided_at",
            "accepted_visit_id",
        ]
        read_only_fields = fields
