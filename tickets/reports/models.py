"""What reports are summed from. Only `services.py` writes it; what stands in it follows from `formulas.py`."""

from django.db import models

from tickets.reports.histograms import HistogramField


class Measures(models.Model):
    """What is counted of tickets, of one or of many. Reports are sums of these, and quotients of the sums.

    Null is nought: of most tickets most measures are, and nulls take no room. `formulas.py` says what each means.
    """

    tickets = models.BigIntegerField(null=True)
    open = models.BigIntegerField(null=True)
    cancelled = models.BigIntegerField(null=True)
    resolved = models.BigIntegerField(null=True)
    resolved_remotely = models.BigIntegerField(null=True)
    ever_resolved = models.BigIntegerField(null=True)

    first_reply_kept = models.BigIntegerField(null=True)
    first_reply_missed = models.BigIntegerField(null=True)
    first_reply_limit_kept = models.BigIntegerField(null=True)
    first_reply_limit_missed = models.BigIntegerField(null=True)
    on_site_kept = models.BigIntegerField(null=True)
    on_site_missed = models.BigIntegerField(null=True)
    on_site_limit_kept = models.BigIntegerField(null=True)
    on_site_limit_missed = models.BigIntegerField(null=True)
    resolution_kept = models.BigIntegerField(null=True)
    resolution_missed = models.BigIntegerField(null=True)
    resolution_limit_kept = models.BigIntegerField(null=True)
    resolution_limit_missed = models.BigIntegerField(null=True)
    callback_kept = models.BigIntegerField(null=True)
    callback_missed = models.BigIntegerField(null=True)
    result_told_kept = models.BigIntegerField(null=True)
    result_told_missed = models.BigIntegerField(null=True)

    first_replies = models.BigIntegerField(null=True)
    first_reply_seconds = models.BigIntegerField(null=True)
    scheduled = models.BigIntegerField(null=True)
    schedule_seconds = models.BigIntegerField(null=True)
    travels = models.BigIntegerField(null=True)
    travel_seconds = models.BigIntegerField(null=True)
    repairs = models.BigIntegerField(null=True)
    repair_seconds = models.BigIntegerField(null=True)
    resolution_seconds = models.BigIntegerField(null=True)
    controllable_seconds = models.BigIntegerField(null=True)
    uncontrollable = models.BigIntegerField(null=True)
    uncontrollable_seconds = models.BigIntegerField(null=True)
    otherwise_held = models.BigIntegerField(null=True)
    otherwise_held_seconds = models.BigIntegerField(null=True)

    repaired = models.BigIntegerField(null=True)
    repaired_at_once = models.BigIntegerField(null=True)
    repeats = models.BigIntegerField(null=True)
    reopened = models.BigIntegerField(null=True)
    reopenings = models.BigIntegerField(null=True)

    rated = models.BigIntegerField(null=True)
    rating_points = models.BigIntegerField(null=True)
    satisfied = models.BigIntegerField(null=True)

    visits_ended = models.BigIntegerField(null=True)
    technician_rated = models.BigIntegerField(null=True)
    technician_points = models.BigIntegerField(null=True)
    technician_satisfied = models.BigIntegerField(null=True)

    first_reply_histogram = HistogramField(null=True)
    schedule_histogram = HistogramField(null=True)
    travel_histogram = HistogramField(null=True)
    repair_histogram = HistogramField(null=True)
    resolution_histogram = HistogramField(null=True)
    controllable_histogram = HistogramField(null=True)
    uncontrollable_histogram = HistogramField(null=True)
    otherwise_held_histogram = HistogramField(null=True)

    class Meta:
        abstract = True


MEASURES = tuple(field.name for field in Measures._meta.local_fields)
"""All are added up."""
HISTOGRAMS = tuple(name for name in MEASURES if name.endswith("_histogram"))
"""Numbers of any length, each of which says how long many things took: see `histograms.py`."""
SUMS = MEASURES[: -len(HISTOGRAMS)]
"""The others."""


class TicketFacts(Measures):
    """What one ticket counts for, and where. `day` is that of the report, in the time zone of its territory.

    No foreign key: a ticket that is gone has still to be taken off the sums.
    """

    ticket_id = models.UUIDField(primary_key=True)
    day = models.DateField()
    territory_id = models.UUIDField()
    service_type_id = models.UUIDField()
    source = models.CharField(max_length=8)

    class Meta:
        indexes = [models.Index("day", name="facts_by_day")]


class ReportCell(Measures):
    """The sum of the facts of one territory, service type and source over one piece of the calendar.

    A piece is the part of a week that lies in one month, so that weeks and months both are whole pieces; `starts_on` is
    its first day.
    """

    pk = models.CompositePrimaryKey("starts_on", "territory_id", "service_type_id", "source")
    starts_on = models.DateField()
    territory_id = models.UUIDField()
    service_type_id = models.UUIDField()
    source = models.CharField(max_length=8)


class ReportMark(models.Model):
    """Something of this ticket was written, and its facts are to be reckoned anew. Triggers write marks: `marks.py`."""

    id = models.BigAutoField(primary_key=True)
    ticket_id = models.UUIDField()
    marked_at = models.DateTimeField()


class CountedTerritory(models.Model):
    """By which time zone the tickets of a territory were sorted into days."""

    territory_id = models.UUIDField(primary_key=True)
    time_zone = models.CharField(max_length=64)
