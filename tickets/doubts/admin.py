"""Doubts in the admin site, to look at."""

from django.contrib import admin

from sync.admin import ReadOnlyAdmin
from tickets.doubts.models import Doubt


@admin.register(Doubt)
class DoubtAdmin(ReadOnlyAdmin):
    list_display = ("occurred_at", "check_in", "score", "reasons", "looked_at", "looked_by", "note")
    list_select_related = ("check_in", "looked_by")
    date_hierarchy = "occurred_at"
