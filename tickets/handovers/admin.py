"""Hand-overs in the admin site, to look at."""

from django.contrib import admin

from sync.admin import ReadOnlyAdmin
from tickets.handovers.models import HandOver


@admin.register(HandOver)
class HandOverAdmin(ReadOnlyAdmin):
    list_display = ("given_at", "territory", "given_by", "taken_by", "state", "ended_at")
    list_filter = ("state", "territory")
    list_select_related = ("territory", "given_by", "taken_by")
