"""Shifts and absences in the admin site, to look at."""

from django.contrib import admin

from sync.admin import ReadOnlyAdmin
from tickets.shifts.models import Absence, Shift


@admin.register(Shift)
class ShiftAdmin(ReadOnlyAdmin):
    list_display = ("technician", "territory", "starts_at", "ends_at", "kind", "state")
    list_filter = ("state", "kind", "territory")
    list_select_related = ("technician", "territory")
    search_fields = ("technician__name",)
    date_hierarchy = "starts_at"


@admin.register(Absence)
class AbsenceAdmin(ReadOnlyAdmin):
    list_display = ("technician", "territory", "kind", "starts_at", "ends_at", "state", "decided_by")
    list_filter = ("state", "kind", "territory")
    list_select_related = ("technician", "territory", "decided_by")
    search_fields = ("technician__name",)
    date_hierarchy = "starts_at"
