"""Speed tables in the admin site."""

from django.contrib import admin
from unfold.admin import ModelAdmin

from tickets.travel.models import SpeedTable


@admin.register(SpeedTable)
class SpeedTableAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ("__str__", "detour_percent", "parking_seconds")
    list_select_related = ("territory",)
