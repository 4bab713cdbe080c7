"""Plans in the admin site, to look at; where parts are fetched, to say."""

from django.contrib import admin
from unfold.admin import ModelAdmin

from sync.admin import ReadOnlyAdmin
from tickets.routes.models import DepotCounter, RoutePlan


@admin.register(DepotCounter)
class DepotCounterAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ("depot", "latitude", "longitude", "minutes")
    list_select_related = ("depot",)


@admin.register(RoutePlan)
class RoutePlanAdmin(ReadOnlyAdmin):
    """`last_error` says what stopped an attempt."""

    list_display = ("territory", "day", "status", "asked_at", "seconds", "visits", "attempts", "last_error")
    list_filter = ("status", "territory")
    list_select_related = ("territory",)
