"""Forms of the commands, and what is answered.

The inputs lack the visit's id: over HTTP it stands in the path, and `offline.py` adds it for phones.
"""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import User
from parts.quantities import QuantityField
from parts.requisitions.serializers import RequisitionLineInput
from parts.stock.models import Condition
from parts.stock.serializers import MOST_LINES
from sync.serializing import Input, Output, body_of
from tickets.audiences import ByAudience
from tickets.complaints.access import audience
from tickets.visits.models import CheckIn, PartUse, Swap, Visit
from tickets.visits.names import first_name
from tickets.visits.transitions import allowed_moves

LARGEST = 2**53
"""The largest integer that every client's JSON can carry."""


class NumberField(serializers.FloatField):
    """A number; one that is too large for a float is refused like any other text that is none."""

    def to_internal_value(self, data: Any) -> float:
        try:
            return super().to_internal_value(data)
        except OverflowError:
            self.fail("invalid")


class AnswersField(serializers.DictField):
    """Answers of a checklist by the code of the check: text, number, yes or no; null takes an answer back."""

    child = serializers.JSONField(allow_null=True)
    text = serializers.CharField(max_length=2_000, allow_blank=True, trim_whitespace=False)

    def to_internal_value(self, data: Any) -> dict[Any, Any]:
        answers: dict[Any, Any] = super().to_internal_value(data)
        for code, answer in answers.items():
            self.text.run_validation(code)
            if isinstance(answer, str):
                self.text.run_validation(answer)
            elif not (answer is None or (isinstance(answer, int | float) and abs(answer) <= LARGEST)):
                raise serializers.ValidationError({code: "Answer with a text, a number, true or false."}, "invalid")
        return answers


class NothingMore(Input):
    """Of some commands, nothing more needs to be said than which visit."""


# Planning, by the desk


class WindowInput(Input):
    """The span of time that is promised to the resident."""

    window_start = serializers.DateTimeField()
    window_end = serializers.DateTimeField()


class ScheduleVisitInput(WindowInput):
    """Who goes there and when. `id` may be made by the client, so that a repeated request is the same visit."""

    id = serializers.UUIDField(required=False)
    technician_id = serializers.UUIDField()
    companion_ids = serializers.ListField(
        child=serializers.UUIDField(), required=False, max_length=20, help_text="Technicians who go along."
    )
    override_reason = serializers.CharField(
        required=False,
        max_length=1000,
        help_text="Why it is right against a rule: skill, territory, shift, absence, time for work and ways.",
    )


class DispatchVisitInput(ScheduleVisitInput):
    """The same, sent at once."""


class ReassignVisitInput(Input):
    """Who takes over, and why. Without a window the promised one stays."""

    id = serializers.UUIDField(required=False, help_text="Of the new visit.")
    technician_id = serializers.UUIDField()
    reason = serializers.CharField(max_length=1000)
    window_start = serializers.DateTimeField(required=False)
    window_end = serializers.DateTimeField(required=False)
    override_reason = serializers.CharField(required=False, max_length=1000)


class RescheduleVisitInput(WindowInput):
    """When the same technician comes instead."""

    override_reason = serializers.CharField(
        required=False,
        max_length=1000,
        help_text="Why it is right against shift, absence or ways.",
    )


class CancelVisitInput(Input):
    """Why nobody needs to go there."""

    reason = serializers.CharField(max_length=1000)


class AddCompanionInput(Input):
    """Who goes along, for the whole of the visit's window unless told otherwise."""

    id = serializers.UUIDField(required=False, help_text="Of their visit.")
    technician_id = serializers.UUIDField()
    window_start = serializers.DateTimeField(required=False)
    window_end = serializers.DateTimeField(required=False)
    override_reason = serializers.CharField(
        required=False,
        max_length=1000,
        help_text="Why it is right against a rule: territory, shift, absence, time for work and ways.",
    )


class HandOverLeadInput(Input):
    """Who is asked to lead, and why; nobody any more, with null."""

    companion_id = serializers.UUIDField(allow_null=True, help_text="Their visit.")
    reason = serializers.CharField(required=False, allow_blank=True, max_length=1000)


class DeclineLeadInput(Input):
    """Why a companion does not want to lead."""

    reason = serializers.CharField(max_length=1000)


# Work, by the technician


class DeclineVisitInput(Input):
    """Why the technician cannot take it."""

    reason = serializers.CharField(max_length=1000)


class CheckInInput(Input):
    """Where the phone believes to be. All of it may be missing: a fix does not always come, and work does not wait."""

    id = serializers.UUIDField(required=False)
    latitude = NumberField(required=False, allow_null=True, help_text="Degrees north, -90 to 90 (WGS 84).")
    longitude = NumberField(required=False, allow_null=True, help_text="Degrees east, -180 to 180 (WGS 84).")
    accuracy_m = NumberField(required=False, allow_null=True, help_text="Radius in metres, not negative.")
    mock = serializers.BooleanField(required=False, help_text="The position was set by an app.")


class CheckOutInput(CheckInInput):
    """The same, on leaving."""


class ClockInInput(CheckInInput):
    """Where the phone believes to be as a shift begins."""


class ClockOutInput(CheckInInput):
    """The same, as it ends."""


class FindingsInput(Input):
    """What the technician found: the diagnosis, and the answers of the checklist."""

    diagnosis = serializers.CharField(required=False, allow_blank=True, max_length=20_000, trim_whitespace=False)
    checklist_answers = AnswersField(required=False)


class EditVisitInput(FindingsInput):
    """What was found. `base` is what the device saw of these fields before, so that both sides can be merged."""

    base = FindingsInput(required=False)


class UsePartInput(Input):
    """A part that was fitted. It comes from the technician's van, unless `location_id` names another place.

    Old for new: `removed_serial` is the serial of the part in whose place it went; taking that one along is an event
    of its own.
    """

    id = serializers.UUIDField(required=False)
    part_id = serializers.UUIDField()
    quantity = serializers.DecimalField(max_digits=12, decimal_places=3, min_value=Decimal("0.001"))
    serial = serializers.CharField(required=False, allow_blank=True, max_length=100)
    removed_serial = serializers.CharField(required=False, allow_blank=True, max_length=100)
    location_id = serializers.UUIDField(required=False)


class ReturnPartInput(Input):
    """A part that was taken back from the customer into the van, as faulty or as good."""

    id = serializers.UUIDField(required=False)
    part_id = serializers.UUIDField()
    quantity = serializers.DecimalField(max_digits=12, decimal_places=3, min_value=Decimal("0.001"))
    serial = serializers.CharField(required=False, allow_blank=True, max_length=100)
    condition = serializers.ChoiceField(["faulty", "good"])
    location_id = serializers.UUIDField(required=False)


class SwapPartInput(Input):
    """A unit of a piece of equipment was replaced: what came from the van, what went there.

    `component` names what of the equipment it was; without it, it was all of it. The removed unit is faulty and the
    same part, unless said otherwise.
    """

    id = serializers.UUIDField(required=False)
    asset_id = serializers.UUIDField()
    component = serializers.CharField(required=False, allow_blank=True, max_length=80)
    part_id = serializers.UUIDField(help_text="What was fitted.")
    installed_serial = serializers.CharField(max_length=100)
    removed_serial = serializers.CharField(required=False, allow_blank=True, max_length=100)
    removed_part_id = serializers.UUIDField(required=False)
    condition = serializers.ChoiceField(Condition.choices, required=False)
    location_id = serializers.UUIDField(required=False)


class DecidedSwapInput(Input):
    """Which unit it is after all."""

    installed_serial = serializers.CharField(max_length=100)


class AskForPartsInput(Input):
    """What the visit needs in its van; without `lines`, what it is likely to need and the van lacks."""

    id = serializers.UUIDField(required=False)
    lines = RequisitionLineInput(many=True, max_length=MOST_LINES, required=False)  # type: ignore[call-arg]
    depot_id = serializers.UUIDField(required=False, allow_null=True)
    reason = serializers.CharField(required=False, allow_blank=True, max_length=1000)


class KeptLineInput(Input):
    """So much of a part."""

    part_id = serializers.UUIDField()
    quantity = QuantityField()


class AllocatePartsInput(Input):
    """What is kept for the visit, and where: in the van, unless said. Without `lines`, what it is likely to need."""

    location_id = serializers.UUIDField(required=False)
    lines = KeptLineInput(many=True, max_length=MOST_LINES, required=False)  # type: ignore[call-arg]


class CompleteVisitInput(Input):
    """The result: a resolution code of the service type, whether parts were used, who signed or why nobody did."""

    resolution_code = serializers.CharField(max_length=40)
    parts_answer = serializers.ChoiceField(Visit.PartsAnswer.choices)
    signed_by = serializers.CharField(required=False, allow_blank=True, max_length=200)
    signature_id = serializers.UUIDField(
        required=False, allow_null=True, help_text="The signature, an attachment of this visit; it names who signed."
    )
    no_signature_reason = serializers.CharField(required=False, allow_blank=True, max_length=1000)


class LeaveIncompleteInput(Input):
    """Why the work is not done, whether somebody has to come again, when that would suit, and what to bring then."""

    reason = serializers.CharField(max_length=1000)
    undiagnosed = serializers.BooleanField(required=False, help_text="They could not find out what is wrong.")
    next_visit_wanted = serializers.BooleanField()
    next_window_start = serializers.DateTimeField(required=False, allow_null=True)
    next_window_end = serializers.DateTimeField(required=False, allow_null=True)
    parts_needed = serializers.CharField(required=False, allow_blank=True, max_length=1000)


class ResolvedWorkInput(Input):
    """Overtaken work that a dispatcher lets stand after all: see `overtaken.py`."""

    status = serializers.ChoiceField(
        [
            Visit.Status.ACCEPTED,
            Visit.Status.TRAVELLING,
            Visit.Status.ON_SITE,
            Visit.Status.COMPLETED,
            Visit.Status.INCOMPLETE,
        ]
    )
    accepted_at = serializers.DateTimeField(required=False)
    travelling_at = serializers.DateTimeField(required=False)
    arrived_at = serializers.DateTimeField(required=False)
    completed_at = serializers.DateTimeField(required=False)
    resolution_code = serializers.CharField(required=False, max_length=40)
    parts_answer = serializers.ChoiceField(Visit.PartsAnswer.choices, required=False)
    signed_by = serializers.CharField(required=False, allow_blank=True, max_length=200)
    signature_id = serializers.UUIDField(required=False, allow_null=True)
    no_signature_reason = serializers.CharField(required=False, allow_blank=True, max_length=1000)
    incomplete_reason = serializers.CharField(required=False, max_length=1000)
    undiagnosed = serializers.BooleanField(required=False)
    next_visit_wanted = serializers.BooleanField(required=False)
    next_window_start = serializers.DateTimeField(required=False, allow_null=True)
    next_window_end = serializers.DateTimeField(required=False, allow_null=True)
    parts_needed = serializers.CharField(required=False, allow_blank=True, max_length=1000)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["status"] == Visit.Status.COMPLETED and not attrs.get("resolution_code"):
            raise serializers.ValidationError({"resolution_code": "Say what came of the visit."}, "required")
        return attrs


# Answers


class ResidentVisitOutput(Output, serializers.ModelSerializer[Visit]):
    """A visit as its customer sees it: who comes (the first name), when, how far it is."""

    ticket_id = serializers.UUIDField()
    technician_name = serializers.SerializerMethodField()
    companion_names = serializers.SerializerMethodField(help_text="Who comes along.")

    class Meta:
        model = Visit
        fields = ["id", "ticket_id", "technician_name", "companion_names", "status", "window_start", "window_end"]
        read_only_fields = fields

    def get_technician_name(self, visit: Visit) -> str:
        return first_name(visit.technician.name)

    def get_companion_names(self, visit: Visit) -> list[str]:
        return [first_name(companion.technician.name) for companion in visit.crew]


class CompanionOutput(Output, serializers.ModelSerializer[Visit]):
    """Somebody who goes along: their visit, and how far they are."""

    visit_id = serializers.UUIDField(source="id")
    technician_id = serializers.UUIDField()
    technician_name = serializers.CharField(source="technician.name")

    class Meta:
        model = Visit
        fields = ["visit_id", "technician_id", "technician_name", "status"]
        read_only_fields = fields


class VisitOutput(ByAudience, serializers.ModelSerializer[Visit]):
    """A visit. Residents get the part of it that concerns them: who comes, when, how far it is."""

    RESIDENT_SEES = frozenset(ResidentVisitOutput.Meta.fields)

    ticket_id = serializers.UUIDField()
    ticket_reference = serializers.CharField(source="ticket.reference")
    technician_id = serializers.UUIDField()
    technician_name = serializers.CharField(source="technician.name", help_text="For residents the first name.")
    replaces_id = serializers.UUIDField(allow_null=True)
    companion_of_id = serializers.UUIDField(
        allow_null=True, help_text="The visit of the lead, where this technician goes along."
    )
    lead_offered_to_id = serializers.UUIDField(
        allow_null=True, help_text="The visit of the companion who was asked to lead."
    )
    companions = serializers.SerializerMethodField(help_text="Those who go along, if this technician leads.")
    signature_id = serializers.UUIDField(allow_null=True)
    checklist_answers = serializers.DictField(child=serializers.JSONField(allow_null=True))
    allowed = serializers.SerializerMethodField(help_text="Commands that lead on from the present status.")

    class Meta:
        model = Visit
        fields = [
            "id",
            "ticket_id",
            "ticket_reference",
            "technician_id",
            "technician_name",
            "replaces_id",
            "companion_of_id",
            "companions",
            "lead_offered_to_id",
            "status",
            "allowed",
            "window_start",
            "window_end",
            "occupied_from",
            "occupied_until",
            "override_reason",
            "dispatched_at",
            "accepted_at",
            "travelling_at",
            "arrived_at",
            "departed_at",
            "completed_at",
            "cancelled_at",
            "diagnosis",
            "checklist_answers",
            "resolution_code",
            "parts_answer",
            "signed_by",
            "signature_id",
            "no_signature_reason",
            "incomplete_reason",
            "undiagnosed",
            "next_visit_wanted",
            "next_window_start",
            "next_window_end",
            "parts_needed",
            "decline_reason",
            "cancel_reason",
            "flags",
        ]

    @extend_schema_field(CompanionOutput(many=True))
    def get_companions(self, visit: Visit) -> list[dict[str, Any]]:
        return [body_of(CompanionOutput)(companion) for companion in visit.crew]

    def get_allowed(self, visit: Visit) -> list[str]:
        return allowed_moves(visit)

    def audience_of(self, row: Visit, viewer: User) -> str:
        return audience(viewer, row.ticket)

    def to_representation(self, row: Visit) -> dict[str, Any]:
        if self.for_resident(row):
            return body_of(ResidentVisitOutput)(row)
        return super().to_representation(row)


class CheckInOutput(Output, serializers.ModelSerializer[CheckIn]):
    """An arrival or departure, or the beginning or end of a shift, as it was reported, and what is odd about it."""

    visit_id = serializers.UUIDField(allow_null=True)
    ticket_id = serializers.UUIDField(source="visit.ticket_id", allow_null=True, default=None)
    technician_id = serializers.UUIDField()
    technician_name = serializers.CharField(source="technician.name")
    territory_id = serializers.UUIDField(allow_null=True, help_text="Of a shift: whose desk counts it.")
    captured = serializers.DictField(child=serializers.JSONField(), help_text="The phone's own clocks.")

    class Meta:
        model = CheckIn
        fields = [
            "id",
            "visit_id",
            "ticket_id",
            "technician_id",
            "technician_name",
            "territory_id",
            "kind",
            "latitude",
            "longitude",
            "accuracy_m",
            "distance_m",
            "outside_fence",
            "mock",
            "occurred_at",
            "received_at",
            "captured",
            "flags",
        ]
        read_only_fields = fields


class PartUseOutput(Output, serializers.ModelSerializer[PartUse]):
    """A part that was fitted or taken back."""

    visit_id = serializers.UUIDField()
    ticket_id = serializers.UUIDField(source="visit.ticket_id")
    part_id = serializers.UUIDField()
    part_number = serializers.CharField(source="part.number")
    part_name = serializers.CharField(source="part.name")
    movement_id = serializers.UUIDField()

    class Meta:
        model = PartUse
        fields = [
            "id",
            "visit_id",
            "ticket_id",
            "kind",
            "part_id",
            "part_number",
            "part_name",
            "quantity",
            "serial",
            "removed_serial",
            "movement_id",
            "occurred_at",
            "received_at",
            "flags",
        ]
        read_only_fields = fields


class SwapOutput(Output, serializers.ModelSerializer[Swap]):
    """Which unit of a piece of equipment was replaced by which, by whom, when."""

    visit_id = serializers.UUIDField()
    asset_id = serializers.UUIDField()
    part_id = serializers.UUIDField()
    technician_name = serializers.CharField(source="visit.technician.name")
    fitted_id = serializers.UUIDField(help_text="The part use.")
    taken_id = serializers.UUIDField(help_text="The part use.")

    class Meta:
        model = Swap
        fields = [
            "id",
            "visit_id",
            "asset_id",
            "component",
            "part_id",
            "removed_serial",
            "installed_serial",
            "technician_name",
            "fitted_id",
            "taken_id",
            "occurred_at",
            "received_at",
            "flags",
            "yields",
        ]
        read_only_fields = fields
