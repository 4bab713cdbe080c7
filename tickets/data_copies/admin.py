"""Copies, to look at: never what is in them."""

from django.contrib import admin

from sync.admin import ReadOnlyAdmin
from tickets.data_copies.models import DataCopy


@admin.register(DataCopy)
class DataCopyAdmin(ReadOnlyAdmin):
    """`last_error` says what stopped an attempt."""

    list_display = ("person", "status", "asked_at", "percent", "ready_at", "attempts", "last_error")
    list_filter = ("status",)
    list_select_related = ("person",)
