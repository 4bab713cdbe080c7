"""Recoveries, to look at."""

from django.contrib import admin

from sync.admin import ReadOnlyAdmin
from tickets.recoveries.models import Recovery


@admin.register(Recovery)
class RecoveryAdmin(ReadOnlyAdmin):
    list_display = ("person", "asked_by", "asked_at", "status", "decided_by", "decided_at")
    list_filter = ("status",)
    list_select_related = ("person", "asked_by", "decided_by")
    search_fields = ("person__name",)
    told = ("old_phone", "new_phone", "checks", "reason", "stop_reason")
