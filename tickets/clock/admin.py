"""Calendars and policies in the admin site; clocks to look at."""

from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline

from fieldsvc.time import now
from tickets.clock.configuration import reckon_anew
from tickets.clock.models import (
    BusinessCalendar,
    CalendarWindow,
    ClockSegment,
    ClockWarning,
    Holiday,
    PolicyPeriod,
    PolicyTarget,
    SlaPolicy,
    TicketClock,
)


class WindowInline(TabularInline):  # type: ignore[misc]
    model = CalendarWindow
    extra = 0


class HolidayInline(TabularInline):  # type: ignore[misc]
    model = Holiday
    extra = 0


@admin.register(BusinessCalendar)
class BusinessCalendarAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ["code", "name", "name_zh", "time_zone"]
    search_fields = ["code", "name", "name_zh"]
    inlines = [WindowInline, HolidayInline]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Open clocks go by the calendar as it is now."""
        super().save_related(request, form, formsets, change)
        reckon_anew(Q(clock__calendar=form.instance), at=now())


class PolicyTargetInline(TabularInline):  # type: ignore[misc]
    model = PolicyTarget
    extra = 0


@admin.register(SlaPolicy)
class SlaPolicyAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ["code", "name", "name_zh"]
    search_fields = ["code", "name", "name_zh"]
    inlines = [PolicyTargetInline]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Open clocks go by the policy as it is now."""
        super().save_related(request, form, formsets, change)
        reckon_anew(Q(clock__policy=form.instance), at=now())


class ReadOnlyMixin:
    """Commands own these rows."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class SegmentInline(ReadOnlyMixin, TabularInline):  # type: ignore[misc]
    model = ClockSegment
    extra = 0


class WarningInline(ReadOnlyMixin, TabularInline):  # type: ignore[misc]
    model = ClockWarning
    extra = 0


@admin.register(TicketClock)
class TicketClockAdmin(ReadOnlyMixin, ModelAdmin):  # type: ignore[misc]
    list_display = ["ticket", "target", "state", "started_at", "due_at", "met_at", "judged_in_hindsight"]
    list_filter = ["state", "target"]
    list_select_related = ["ticket"]
    search_fields = ["ticket__reference"]
    inlines = [SegmentInline, WarningInline]


@admin.register(PolicyPeriod)
class PolicyPeriodAdmin(ReadOnlyMixin, ModelAdmin):  # type: ignore[misc]
    """To look at: the commands of the API keep what was reported under its terms."""

    list_display = ["policy", "service_type", "customer_class", "holds_from", "holds_until"]
    list_filter = ["policy", "customer_class"]
    list_select_related = ["policy", "service_type"]
