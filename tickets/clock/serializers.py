"""Shapes of clocks, calendars and policies over HTTP. Durations are whole seconds."""

from datetime import timedelta
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.territories.time_zones import validate_time_zone
from sync.serializing import Input, Output
from tickets.clock import words
from tickets.clock.arithmetic import ELAPSED, HOLIDAY, OPEN_HOURS, OUTSIDE_HOURS, PAUSED, Piece
from tickets.clock.defaults import WHAT_WE_WAIT_FOR
from tickets.clock.models import (
    BusinessCalendar,
    CalendarWindow,
    ClockWarning,
    Holiday,
    PolicyPeriod,
    PolicyTarget,
    SlaPolicy,
    Target,
    TicketClock,
    default_percents,
)
from tickets.clock.selectors import Explanation
from tickets.complaints.models import Ticket

YEAR_S = 366 * 24 * 3600
"""The longest promise that makes sense, in seconds."""


@extend_schema_field(OpenApiTypes.INT)
class SecondsField(serializers.Field[timedelta, Any, int, Any]):
    """A duration as whole seconds, for output."""

    def to_representation(self, value: timedelta) -> int:
        return round(value.total_seconds())


# Clocks


class ClockWarningOutput(Output, serializers.ModelSerializer[ClockWarning]):
    """A threshold that was reached: when it was, when somebody was told, and who."""

    class Meta:
        model = ClockWarning
        fields = ["percent", "audience", "due_at", "fired_at"]
        read_only_fields = fields


class ClockOutput(serializers.Serializer[Any]):
    """How a promise stands now. `consumed` stops with the end; `remaining` is negative when the target is overdrawn."""

    id = serializers.UUIDField(source="clock.id")
    target = serializers.ChoiceField(Target.choices, source="clock.target")
    round = serializers.IntegerField(source="clock.round")
    state = serializers.ChoiceField(TicketClock.State.choices, source="verdict.state")
    policy = serializers.CharField(source="clock.policy.code")
    calendar = serializers.CharField(
        source="clock.calendar.code", default=None, allow_null=True, help_text="Null: elapsed time, by day and night."
    )
    started_at = serializers.DateTimeField(source="clock.started_at")
    due_at = serializers.DateTimeField(
        source="verdict.due_at", allow_null=True, help_text="Null while it stands still."
    )
    limit_at = serializers.DateTimeField(source="verdict.limit_at", allow_null=True)
    met_at = serializers.DateTimeField(source="clock.met_at", allow_null=True)
    stopped_at = serializers.DateTimeField(source="clock.stopped_at", allow_null=True)
    target_missed = serializers.BooleanField(source="verdict.target_missed")
    limit_missed = serializers.BooleanField(source="verdict.limit_missed")
    judged_in_hindsight = serializers.BooleanField(source="clock.judged_in_hindsight")
    target_seconds = SecondsField(source="clock.target_duration")
    limit_seconds = SecondsField(source="clock.limit_duration")
    consumed_seconds = SecondsField(source="consumed")
    remaining_seconds = SecondsField(source="remaining")
    warnings = ClockWarningOutput(source="clock.warnings", many=True)


class PieceOutput(serializers.Serializer[Any]):
    """A stretch of a clock's life: whether it counted, and why."""

    start = serializers.DateTimeField()
    end = serializers.DateTimeField()
    seconds = serializers.SerializerMethodField()
    counts = serializers.BooleanField()
    why = serializers.ChoiceField([ELAPSED, OPEN_HOURS, OUTSIDE_HOURS, HOLIDAY, PAUSED])
    reason = serializers.CharField(help_text="The hold reason, where there is one.")
    text = serializers.SerializerMethodField()
    text_zh = serializers.SerializerMethodField()

    def get_seconds(self, piece: Piece) -> int:
        return round((piece.end - piece.start).total_seconds())

    def get_text(self, piece: Piece) -> str:
        return words.sentence(piece)[0]

    def get_text_zh(self, piece: Piece) -> str:
        return words.sentence(piece)[1]


class ClockExplanationOutput(ClockOutput):
    """Why a clock stands as it does: everything from its start to `at`, in order and without gaps.

    `seconds_by_reason` is what the technician could not control, whether or not it stopped the clock.
    """

    at = serializers.DateTimeField()
    pieces = PieceOutput(many=True)
    seconds_by_reason = serializers.SerializerMethodField()

    @extend_schema_field({"type": "object", "additionalProperties": {"type": "integer"}})
    def get_seconds_by_reason(self, explanation: Explanation) -> dict[str, int]:
        return {reason: round(held.total_seconds()) for reason, held in explanation.time_by_reason.items()}


# Calendars


class WindowInput(Input):
    """Open hours on one weekday."""

    weekday = serializers.IntegerField(min_value=0, max_value=6, help_text="0 is Monday.")
    opens = serializers.TimeField()
    closes = serializers.TimeField(help_text="00:00 is the end of the day.")


class HolidayInput(Input):
    """A day on which the calendar is closed."""

    day = serializers.DateField()
    name = serializers.CharField(max_length=200, default="", allow_blank=True)


class ChangeCalendarInput(Input):
    """What changes; windows and holidays are replaced as a whole."""

    name = serializers.CharField(max_length=120, required=False)
    name_zh = serializers.CharField(max_length=120, required=False, allow_blank=True)
    time_zone = serializers.CharField(max_length=64, required=False, validators=[validate_time_zone])
    windows = serializers.ListField(child=WindowInput(), required=False, allow_empty=False, max_length=100)
    holidays = serializers.ListField(child=HolidayInput(), required=False, max_length=2_000)


class CreateCalendarInput(ChangeCalendarInput):
    """A new calendar."""

    id = serializers.UUIDField(required=False)
    code = serializers.SlugField(max_length=40)
    name = serializers.CharField(max_length=120)
    time_zone = serializers.CharField(max_length=64, validators=[validate_time_zone])
    windows = serializers.ListField(child=WindowInput(), allow_empty=False, max_length=100)


class ImportHolidaysInput(Input):
    """Whose public holidays, and of which years."""

    country = serializers.RegexField(r"^[A-Z]{2,3}\Z", help_text="ISO 3166, such as CN.")
    subdivision = serializers.CharField(max_length=40, required=False, allow_blank=True, help_text="Such as BY in DE.")
    years = serializers.ListField(
        child=serializers.IntegerField(min_value=1970, max_value=2100), allow_empty=False, max_length=20
    )


class WindowOutput(Output, serializers.ModelSerializer[CalendarWindow]):
    class Meta:
        model = CalendarWindow
        fields = ["weekday", "opens", "closes"]
        read_only_fields = fields


class HolidayOutput(Output, serializers.ModelSerializer[Holiday]):
    class Meta:
        model = Holiday
        fields = ["day", "name"]
        read_only_fields = fields


class CalendarOutput(Output, serializers.ModelSerializer[BusinessCalendar]):
    """When business time counts."""

    windows = WindowOutput(many=True)
    holidays = HolidayOutput(many=True)

    class Meta:
        model = BusinessCalendar
        fields = ["id", "code", "name", "name_zh", "time_zone", "windows", "holidays"]
        read_only_fields = fields


# Policies


class PromiseInput(Input):
    """What is promised of one target; without a priority, for all that have no row of their own."""

    target = serializers.ChoiceField(Target.choices)
    priority = serializers.IntegerField(min_value=1, max_value=4, default=None, allow_null=True)
    target_seconds = serializers.IntegerField(min_value=1, max_value=YEAR_S)
    limit_seconds = serializers.IntegerField(min_value=1, max_value=YEAR_S)
    calendar_id = serializers.UUIDField(default=None, allow_null=True, help_text="Null: elapsed time.")
    warn_percents = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=100), default=default_percents, max_length=10
    )
    pausing_reasons = serializers.ListField(
        child=serializers.ChoiceField(Ticket.HoldReason.choices),
        default=lambda: list(WHAT_WE_WAIT_FOR),
        help_text="Hold reasons that stop the clock.",
    )


class ChangePolicyInput(Input):
    """What changes; the targets are replaced as a whole."""

    name = serializers.CharField(max_length=120, required=False)
    name_zh = serializers.CharField(max_length=120, required=False, allow_blank=True)
    targets = serializers.ListField(child=PromiseInput(), required=False, allow_empty=False, max_length=50)


class CreatePolicyInput(ChangePolicyInput):
    """A new policy."""

    id = serializers.UUIDField(required=False)
    code = serializers.SlugField(max_length=40)
    name = serializers.CharField(max_length=120)
    targets = serializers.ListField(child=PromiseInput(), allow_empty=False, max_length=50)


class PromiseOutput(Output, serializers.ModelSerializer[PolicyTarget]):
    """What is promised of one target."""

    target_seconds = SecondsField(source="target_duration")
    limit_seconds = SecondsField(source="limit_duration")
    calendar_id = serializers.UUIDField(allow_null=True)

    class Meta:
        model = PolicyTarget
        fields = [
            "target",
            "priority",
            "target_seconds",
            "limit_seconds",
            "calendar_id",
            "warn_percents",
            "pausing_reasons",
        ]
        read_only_fields = fields


class PolicyOutput(Output, serializers.ModelSerializer[SlaPolicy]):
    """A set of promises."""

    targets = PromiseOutput(many=True)

    class Meta:
        model = SlaPolicy
        fields = ["id", "code", "name", "name_zh", "targets"]
        read_only_fields = fields


class AddPeriodInput(Input):
    """From when until when the policy holds, and for what: a service type, a class of customers, or both together."""

    id = serializers.UUIDField(required=False)
    service_type = serializers.SlugField(default=None, allow_null=True, help_text="Its code. Null: every one.")
    customer_class = serializers.SlugField(
        max_length=40, default="", allow_blank=True, help_text="Of the service account. Empty: every one."
    )
    holds_from = serializers.DateTimeField(required=False, help_text="Not in the past. Default: now.")
    holds_until = serializers.DateTimeField(default=None, allow_null=True, help_text="Null: until another begins.")


class EndPeriodInput(Input):
    """When it ends; now, if that is not said."""

    holds_until = serializers.DateTimeField(required=False, help_text="Not in the past.")


class PeriodOutput(Output, serializers.ModelSerializer[PolicyPeriod]):
    """What is reported between these moments goes by this policy."""

    policy_id = serializers.UUIDField()
    policy = serializers.CharField(source="policy.code")
    service_type = serializers.CharField(source="service_type.code", default=None, allow_null=True)

    class Meta:
        model = PolicyPeriod
        fields = ["id", "policy_id", "policy", "service_type", "customer_class", "holds_from", "holds_until"]
        read_only_fields = fields
