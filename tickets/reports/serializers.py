"""Shapes of reports."""

from datetime import date
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from rest_framework import serializers

from accounts.models import Language
from sync.serializing import AnyField, Input
from tickets.complaints.models import Ticket
from tickets.reports.formulas import COUNTS, METRICS, Unit
from tickets.reports.selectors import AGES, GROUPS, PLACES, Asked

FIRST_DAY = date(1, 6, 1)
"""Before it there has to be room for some weeks."""
LAST_DAY = date(9998, 12, 31)
"""After it there has to be room for a month."""
DAYS = [MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)]


class BacklogQuery(Input):
    """Which tickets are counted. Several values of one filter mean "one of them"."""

    group_by = serializers.ListField(
        child=serializers.ChoiceField([*PLACES]), default=list, help_text="Nothing: one row of all."
    )
    territory = serializers.ListField(child=serializers.UUIDField(), default=list)
    service_type = serializers.ListField(child=serializers.CharField(max_length=80), default=list)
    source = serializers.ListField(  # type: ignore[assignment]  # declared fields hide what forms have of their own
        child=serializers.ChoiceField(Ticket.Source.choices), default=list
    )
    language = serializers.ChoiceField(Language.choices, required=False, help_text="Of tables; your own unless told.")

    def asked(self) -> Asked:
        """What is asked for, by valid input."""
        data = self.validated_data
        return Asked(
            group_by=list(dict.fromkeys(data["group_by"])),
            territories=data["territory"],
            service_types=data["service_type"],
            sources=data["source"],
        )


class TicketReportQuery(BacklogQuery):
    """The same, and the days on which they were reported, by the time zone of their territory."""

    group_by = serializers.ListField(
        child=serializers.ChoiceField(GROUPS), default=list, help_text="Nothing: one row of all."
    )
    since = serializers.DateField(required=False, validators=DAYS, help_text="The first day; 12 weeks ago unless told.")
    until = serializers.DateField(required=False, validators=DAYS, help_text="The last day; today unless told.")


class ReportTerritoryOutput(serializers.Serializer[Any]):
    """A territory by its names."""

    id = serializers.UUIDField()
    code = serializers.CharField()
    name = serializers.CharField()
    name_zh = serializers.CharField()


class ReportServiceTypeOutput(serializers.Serializer[Any]):
    """A service type by its names."""

    code = serializers.CharField()
    name = serializers.CharField()
    name_zh = serializers.CharField()


class MetricOutput(serializers.Serializer[Any]):
    """A share (0 to 1), seconds or points at the mean, and of how many; null where there is nothing to tell of."""

    value = serializers.FloatField(allow_null=True)
    of = serializers.IntegerField()


class DurationOutput(MetricOutput):
    """Seconds at the mean, and within how many seconds half, and nine of ten, were done: to 5 percent."""

    median = serializers.IntegerField(allow_null=True)
    p90 = serializers.IntegerField(allow_null=True)


class BacklogCountsOutput(serializers.Serializer[Any]):
    """How many are open, and how many of them since when."""

    def get_fields(self) -> dict[str, AnyField]:
        """Those of the class, and the counts."""
        counts: dict[str, AnyField] = {name: serializers.IntegerField() for name in ("open", "on_hold", *AGES)}
        return {**super().get_fields(), **counts}


class BacklogRowOutput(BacklogCountsOutput):
    """One group: what it is grouped by, and the counts."""

    territory = ReportTerritoryOutput(required=False)
    service_type = ReportServiceTypeOutput(required=False)
    source = serializers.ChoiceField(Ticket.Source.choices, required=False)  # type: ignore[assignment]


class BacklogOutput(serializers.Serializer[Any]):
    """What is open now."""

    as_of = serializers.DateTimeField()
    rows = BacklogRowOutput(many=True)
    total = BacklogCountsOutput()


class TicketMeasuresOutput(serializers.Serializer[Any]):
    """Counts and metrics: see docs/reports.md."""

    def get_fields(self) -> dict[str, AnyField]:
        """Those of the class, the counts and the metrics."""
        counts: dict[str, AnyField] = {name: serializers.IntegerField() for name in COUNTS}
        metrics: dict[str, AnyField] = {
            metric.name: DurationOutput() if metric.unit is Unit.SECONDS else MetricOutput() for metric in METRICS
        }
        return {**super().get_fields(), **counts, **metrics}


class TicketReportRowOutput(TicketMeasuresOutput):
    """One group: what it is grouped by, counts and metrics. Weeks and months by their first day."""

    week = serializers.DateField(required=False)
    month = serializers.DateField(required=False)
    territory = ReportTerritoryOutput(required=False)
    service_type = ReportServiceTypeOutput(required=False)
    source = serializers.ChoiceField(Ticket.Source.choices, required=False)  # type: ignore[assignment]


class TicketReportOutput(serializers.Serializer[Any]):
    """The tickets reported in a period. Whatever happened up to `as_of` is counted."""

    as_of = serializers.DateTimeField()
    since = serializers.DateField()
    until = serializers.DateField()
    rows = TicketReportRowOutput(many=True)
    total = TicketMeasuresOutput()


def measures(sums: Any) -> dict[str, Any]:
    """The counts and metrics of these sums."""
    metrics = {
        metric.name: {"value": metric.value(sums), "of": metric.of(sums), **metric.percentiles(sums)}
        for metric in METRICS
    }
    return {**{name: sums[name] for name in COUNTS}, **metrics}
