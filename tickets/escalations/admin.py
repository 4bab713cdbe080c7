"""Escalations in the admin site, to look at: commands own them."""

from django.contrib import admin
from unfold.admin import ModelAdmin

from tickets.clock.admin import ReadOnlyMixin
from tickets.escalations.models import Escalation


@admin.register(Escalation)
class EscalationAdmin(ReadOnlyMixin, ModelAdmin):  # type: ignore[misc]
    list_display = ["ticket", "days", "escalated_at", "taken_up_at", "taken_up_by"]
    list_filter = ["taken_up_at"]
    list_select_related = ["ticket", "taken_up_by"]
    search_fields = ["ticket__reference"]
