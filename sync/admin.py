"""The engine's tables in the admin: to look at, never to change."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from sync import registry
from sync.models import AuditEntry, Conflict, Device, Receipt


@dataclass(frozen=True, slots=True)
class Told:
    """A column or field that shows what stands in this one as far as the reader may know."""

    name: str
    reader: Any

    @property
    def __name__(self) -> str:
        return self.name

    @property
    def short_description(self) -> str:
        """Its heading."""
        return self.name.replace("_", " ")

    def __call__(self, row: Any) -> Any:
        return registry.shown_to(self.reader, getattr(row, self.name))


class ReadOnlyAdmin(ModelAdmin):  # type: ignore[misc]
    """Commands own these rows. `told` are the fields in which customers may be named: see `registry.shown_to`."""

    told: Sequence[str] = ()

    def get_list_display(self, request: HttpRequest) -> Sequence[str | Told]:
        return self._shown(request, super().get_list_display(request))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str | Told]:
        return list(dict.fromkeys(self._shown(request, super().get_fields(request, obj))))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str | Told]:
        return [*super().get_readonly_fields(request, obj), *(Told(name, request.user) for name in self.told)]

    def _shown(self, request: HttpRequest, names: Sequence[Any]) -> Sequence[str | Told]:
        return [Told(name, request.user) if name in self.told else name for name in names]

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
    told = ["data", "answer"]
    list_display = ["operation_id", "kind", "status", "user", "occurred_at", "received_at", "flags"]
    list_filter = ["status", "kind"]
    list_select_related = ["user"]


@admin.register(Conflict)
class ConflictAdmin(ReadOnlyAdmin):
    told = ["detail", "base", "server_value", "device_value", "resolved_value"]
    list_display = ["kind", "collection", "field", "device_by", "received_at", "status", "keep"]
    list_filter = ["status", "kind", "collection"]
    list_select_related = ["device_by"]


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    told = ["changes"]
    list_display = ["at", "action", "kind", "row_id", "actor_id", "door", "changes"]
    list_filter = ["action", "door"]
    search_fields = ["=row_id"]
    show_full_result_count = False
