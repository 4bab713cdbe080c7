"""Plans in the admin site, to look at."""

from django.contrib import admin

from sync.admin import ReadOnlyAdmin
from tickets.routes.models import RoutePlan


@admin.register(RoutePlan)
class RoutePlanAdmin(ReadOnlyAdmin):
    """`last_error` says what stopped an attempt."""

    list_display = ("territory", "day", "status", "asked_at", "seconds", "visits", "attempts", "last_error")
    list_filter = ("status", "territory")
    list_select_related = ("territory",)
