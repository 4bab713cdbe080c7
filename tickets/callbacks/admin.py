"""Callbacks in the admin: quotas to change, the rest to look at."""

from django.contrib import admin
from unfold.admin import ModelAdmin

from sync.admin import ReadOnlyAdmin
from tickets.callbacks.models import Callback, CallbackQuota


@admin.register(Callback)
class CallbackAdmin(ReadOnlyAdmin):
    list_display = ("due_at", "state", "cause", "responsible", "contact_name", "contact_number", "ticket", "territory")
    list_filter = ("state", "cause", "territory")
    list_select_related = ("responsible", "ticket", "territory")
    search_fields = ("contact_name", "ticket__reference")
    told = ("contact_number", "question")


@admin.register(CallbackQuota)
class CallbackQuotaAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ("territory", "per", "most_open", "opens", "closes", "valid_from", "valid_until")
    list_filter = ("territory", "per")
    list_select_related = ("territory",)
