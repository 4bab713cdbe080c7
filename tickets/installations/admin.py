"""Installations in the admin site, to look at: commands own them."""

from django.contrib import admin
from unfold.admin import ModelAdmin

from tickets.clock.admin import ReadOnlyMixin
from tickets.installations.models import Installation


@admin.register(Installation)
class InstallationAdmin(ReadOnlyMixin, ModelAdmin):  # type: ignore[misc]
    list_display = ["ticket", "state", "installed_at", "decided_at", "decided_by"]
    list_filter = ["state"]
    list_select_related = ["ticket", "decided_by"]
    search_fields = ["ticket__reference"]
