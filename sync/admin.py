"""The engine's tables in the admin: to look at, never to change."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from sync.models import AuditEntry, Conflict, Device, Receipt


class ReadOnlyAdmin(ModelAdmin):  # type: ignore[misc]
    """Commands own these rows."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Device)
class DeviceAdmin(ReadOnlyAdmin):
    list_display = ["name", "user", "platform", "app_version", "last_contact_at", "cut_off_at"]
    list_select_related = ["user"]
    search_fields = ["name", "user__username", "user__name"]


@admin.register(Receipt)
class ReceiptAdmin(ReadOnlyAdmin):
    list_display = ["operation_id", "kind", "status", "user", "occurred_at", "received_at", "flags"]
    list_filter = ["status", "kind"]
    list_select_related = ["user"]


@admin.register(Conflict)
class ConflictAdmin(ReadOnlyAdmin):
    list_display = ["kind", "collection", "field", "device_by", "received_at", "status", "keep"]
    list_filter = ["status", "kind", "collection"]
    list_select_related = ["device_by"]


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ["at", "action", "kind", "row_id", "actor_id", "door", "changes"]
    list_filter = ["action", "door"]
    search_fields = ["=row_id"]
    show_full_result_count = False
