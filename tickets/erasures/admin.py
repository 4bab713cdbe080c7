"""Erasures, to look at."""

from django.contrib import admin

from sync.admin import ReadOnlyAdmin
from tickets.erasures.models import Erasure


@admin.register(Erasure)
class ErasureAdmin(ReadOnlyAdmin):
    list_display = ("person", "status", "asked_at", "due_at", "decided_at")
    list_filter = ("status",)
    list_select_related = ("person",)
