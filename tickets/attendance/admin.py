"""Attendance in the admin site, to look at."""

from django.contrib import admin

from sync.admin import ReadOnlyAdmin
from tickets.attendance.models import AttendanceCorrection, AttendanceDay


@admin.register(AttendanceDay)
class AttendanceDayAdmin(ReadOnlyAdmin):
    list_display = ("day", "technician", "territory", "state", "came_at", "left_at", "late_s", "early_s", "overtime_s")
    list_filter = ("state", "territory")
    list_select_related = ("technician", "territory")
    search_fields = ("technician__name",)
    date_hierarchy = "day"


@admin.register(AttendanceCorrection)
class AttendanceCorrectionAdmin(ReadOnlyAdmin):
    list_display = ("day", "came_at", "left_at", "excused", "reason", "corrected_by", "corrected_at", "withdrawn_at")
    list_select_related = ("day", "corrected_by")
