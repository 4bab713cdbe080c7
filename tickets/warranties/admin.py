"""Warranties in the admin site: their terms, and what was given under them, to look at."""

from django.contrib import admin
from unfold.admin import ModelAdmin

from tickets.clock.admin import ReadOnlyMixin
from tickets.warranties.models import Warranty, WarrantyTerm


@admin.register(WarrantyTerm)
class WarrantyTermAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ["service_type", "part", "months", "days", "valid_from", "valid_until"]
    list_select_related = ["service_type", "part"]
    autocomplete_fields = ["part"]


@admin.register(Warranty)
class WarrantyAdmin(ReadOnlyMixin, ModelAdmin):  # type: ignore[misc]
    list_display = ["ticket", "kind", "part", "serial", "since", "until", "replaced_for"]
    list_filter = ["kind"]
    list_select_related = ["ticket", "part", "replaced_for"]
    search_fields = ["ticket__reference", "serial"]
