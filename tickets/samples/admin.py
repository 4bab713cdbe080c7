"""Samples in the admin site, to look at."""

from django.contrib import admin

from sync.admin import ReadOnlyAdmin
from tickets.samples.models import Sample, SampledTicket


@admin.register(Sample)
class SampleAdmin(ReadOnlyAdmin):
    list_display = ("drawn_at", "territory", "weekly", "first", "last", "size", "population", "drawn_by")
    list_filter = ("weekly", "territory")
    list_select_related = ("territory", "drawn_by")


@admin.register(SampledTicket)
class SampledTicketAdmin(ReadOnlyAdmin):
    list_display = ("ticket", "sample", "place", "verdict")
    list_select_related = ("ticket", "sample", "verdict")
