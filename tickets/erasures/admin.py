"""Erasures, to look at; `last_error` says which of them cannot be done."""

from django.contrib import admin

from sync.admin import ReadOnlyAdmin
from tickets.erasures.models import Erasure


@admin.register(Erasure)
class ErasureAdmin(ReadOnlyAdmin):
    list_display = ("person", "status", "asked_at", "due_at", "decided_at", "failed_at", "last_error")
    list_filter = ("status", ("failed_at", admin.EmptyFieldListFilter))
    list_select_related = ("person",)
