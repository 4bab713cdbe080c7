"""Quotes and gaps in the admin site, to look at: commands own them."""

from django.contrib import admin
from unfold.admin import ModelAdmin, TabularInline

from tickets.clock.admin import ReadOnlyMixin
from tickets.quotes.models import ConsentGap, Quote, QuoteLine


class LineInline(ReadOnlyMixin, TabularInline):  # type: ignore[misc]
    model = QuoteLine
    extra = 0


@admin.register(Quote)
class QuoteAdmin(ReadOnlyMixin, ModelAdmin):  # type: ignore[misc]
    list_display = ["ticket", "status", "total", "currency", "occurred_at", "answered_how", "signed_by"]
    list_filter = ["status", "answered_how"]
    list_select_related = ["ticket"]
    search_fields = ["ticket__reference"]
    inlines = [LineInline]


@admin.register(ConsentGap)
class ConsentGapAdmin(ReadOnlyMixin, ModelAdmin):  # type: ignore[misc]
    list_display = ["ticket", "visit", "settlement", "occurred_at"]
    list_filter = ["settlement"]
    list_select_related = ["ticket", "visit"]
    search_fields = ["ticket__reference"]
