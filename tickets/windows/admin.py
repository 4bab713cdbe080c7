"""Windows on offer in the admin site."""

from django.contrib import admin
from unfold.admin import ModelAdmin

from tickets.windows.models import OfferedWindow


@admin.register(OfferedWindow)
class OfferedWindowAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ("territory", "weekday", "opens", "closes")
    list_filter = ("territory", "weekday")
    list_select_related = ("territory",)
