"""The price list in the admin site."""

from django.contrib import admin
from unfold.admin import ModelAdmin, TabularInline

from tickets.prices.models import Price, PriceItem


class PriceInline(TabularInline):  # type: ignore[misc]
    model = Price
    extra = 0
    fields = ["territory", "amount", "currency", "tax_rate", "valid_from", "valid_until"]


@admin.register(PriceItem)
class PriceItemAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ["code", "kind", "name", "name_zh", "unit"]
    list_filter = ["kind"]
    search_fields = ["code", "name", "name_zh"]
    autocomplete_fields = ["part"]
    inlines = [PriceInline]
