"""Visits in the admin: to look at. Commands own the data."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from tickets.visits.models import CheckIn, PartUse, Swap, Visit


class ReadOnlyAdmin(ModelAdmin):  # type: ignore[misc]
    """A list to look at."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Visit)
class VisitAdmin(ReadOnlyAdmin):
    list_display = ("ticket", "technician", "status", "window_start", "window_end", "flags")
    list_filter = ("status", "ticket__territory")
    list_select_related = ("ticket", "technician")
    search_fields = ("ticket__reference", "technician__name")
    date_hierarchy = "window_start"


@admin.register(CheckIn)
class CheckInAdmin(ReadOnlyAdmin):
    list_display = ("technician", "kind", "occurred_at", "received_at", "distance_m", "outside_fence", "flags")
    list_filter = ("kind", "outside_fence", "mock")
    list_select_related = ("technician",)
    search_fields = ("visit__ticket__reference", "technician__name")
    date_hierarchy = "occurred_at"


@admin.register(PartUse)
class PartUseAdmin(ReadOnlyAdmin):
    list_display = ("visit", "kind", "part", "quantity", "serial", "occurred_at", "flags")
    list_filter = ("kind",)
    list_select_related = ("visit", "part")
    search_fields = ("visit__ticket__reference", "part__number", "part__name", "serial")
    date_hierarchy = "occurred_at"


@admin.register(Swap)
class SwapAdmin(ReadOnlyAdmin):
    list_display = ("asset", "component", "removed_serial", "installed_serial", "occurred_at", "yields", "flags")
    list_filter = ("yields",)
    list_select_related = ("asset",)
    search_fields = ("removed_serial", "installed_serial", "visit__ticket__reference")
    date_hierarchy = "occurred_at"
