"""Outages in the admin: to look at. Commands own the data."""

from django.contrib import admin

from sync.admin import ReadOnlyAdmin
from tickets.outages.models import Outage


@admin.register(Outage)
class OutageAdmin(ReadOnlyAdmin):
    list_display = ("area", "segment", "fault", "service_type", "territory", "status", "proposed_at")
    list_filter = ("status", "territory")
    list_select_related = ("service_type", "territory", "segment")
    search_fields = ("area", "fault")
