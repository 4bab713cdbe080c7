"""The app in the admin: places and parts can be written, by the same commands as anywhere else; the books cannot."""

from typing import Any

from django.contrib import admin, messages
from django.db import models
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from unfold.admin import ModelAdmin

from fieldsvc.errors import DomainError
from fieldsvc.time import now
from parts.catalogue.models import Part
from parts.catalogue.services import change_part, create_part
from parts.discrepancies.models import Discrepancy
from parts.locations.models import Location
from parts.locations.services import change_location, create_location
from parts.requisitions.models import Requisition
from parts.stock.models import SerialPosition, StockBalance, StockMovement
from parts.stocktakes.models import Stocktake
from parts.transfers.models import Transfer
from sync.commands import Actor


class ReadOnlyAdmin(ModelAdmin):  # type: ignore[misc]
    """Commands own these rows, or the database derives them."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class CommandAdmin(ModelAdmin):  # type: ignore[misc]
    """A form whose values go to a command. Nothing is deleted here: it is retired or closed."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """A refusal of the command is shown above the form, and nothing was changed."""
        try:
            response: HttpResponse = super().changeform_view(request, *args, **kwargs)
        except DomainError as refusal:
            messages.error(request, refusal.detail)
            return HttpResponseRedirect(request.get_full_path())
        return response

    def save_model(self, request: HttpRequest, obj: models.Model, form: ModelForm[Any], change: bool) -> None:
        """Hand what was entered (of a changed row: what differs) to the command."""
        values = {
            self.opts.get_field(name).attname: getattr(obj, self.opts.get_field(name).attname)
            for name in form.cleaned_data
            if not change or name in form.changed_data
        }
        self.perform(Actor(user=request.user), obj, values, change)

    def perform(self, actor: Actor, row: Any, values: dict[str, Any], change: bool) -> None:
        """Call the command for a new or changed row."""
        raise NotImplementedError


@admin.register(Part)
class PartAdmin(CommandAdmin):
    list_display = ["number", "name", "name_zh", "model", "unit", "tracking", "status", "price", "currency"]
    list_filter = ["status", "tracking", "unit"]
    search_fields = ["number", "name", "name_zh", "model"]
    fields = ["number", "name", "name_zh", "model", "unit", "tracking", "price", "currency"]

    def perform(self, actor: Actor, row: Part, values: dict[str, Any], change: bool) -> None:
        if change:
            change_part(actor=actor, occurred_at=now(), part_id=row.pk, **values)
        else:
            create_part(actor=actor, occurred_at=now(), id=row.pk, **values)


@admin.register(Location)
class LocationAdmin(CommandAdmin):
    list_display = ["code", "name", "name_zh", "kind", "territory", "keeper", "is_active"]
    list_filter = ["kind", "territory", "is_active"]
    list_select_related = ["territory", "keeper"]
    search_fields = ["code", "name", "name_zh"]
    fields = ["code", "name", "name_zh", "kind", "territory", "keeper", "is_active"]

    def get_readonly_fields(self, request: HttpRequest, obj: Location | None = None) -> list[str]:
        return ["kind"] if obj else ["is_active"]

    def perform(self, actor: Actor, row: Location, values: dict[str, Any], change: bool) -> None:
        if change:
            change_location(actor=actor, occurred_at=now(), location_id=row.pk, **values)
        else:
            create_location(actor=actor, occurred_at=now(), id=row.pk, **values)


@admin.register(StockBalance)
class StockBalanceAdmin(ReadOnlyAdmin):
    list_display = ["location", "part", "condition", "quantity"]
    list_filter = ["condition", "location"]
    list_select_related = ["location", "part"]
    search_fields = ["part__number", "part__name", "location__code"]


@admin.register(SerialPosition)
class SerialPositionAdmin(ReadOnlyAdmin):
    list_display = ["serial", "part", "location", "condition"]
    list_filter = ["condition", "location"]
    list_select_related = ["location", "part"]
    search_fields = ["serial", "part__number"]


@admin.register(StockMovement)
class StockMovementAdmin(ReadOnlyAdmin):
    list_display = ["occurred_at", "reason", "part", "from_location", "to_location", "quantity", "serial", "actor"]
    list_filter = ["reason"]
    list_select_related = ["part", "from_location", "to_location", "actor"]
    search_fields = ["part__number", "serial"]
    show_full_result_count = False


@admin.register(Discrepancy)
class DiscrepancyAdmin(ReadOnlyAdmin):
    list_display = ["opened_at", "kind", "location", "part", "quantity", "owner", "status", "settlement"]
    list_filter = ["status", "kind"]
    list_select_related = ["location", "part", "owner"]
    search_fields = ["part__number", "serial", "location__code"]


@admin.register(Requisition)
class RequisitionAdmin(ReadOnlyAdmin):
    list_display = ["occurred_at", "location", "requested_by", "status", "decided_by", "needed_by"]
    list_filter = ["status"]
    list_select_related = ["location", "requested_by", "decided_by"]
    search_fields = ["location__code", "requested_by__name", "reason"]


@admin.register(Stocktake)
class StocktakeAdmin(ReadOnlyAdmin):
    list_display = ["opened_at", "location", "kind", "status", "counted_by", "counted_at", "value", "posted_by"]
    list_filter = ["status", "kind"]
    list_select_related = ["location", "counted_by", "posted_by"]
    search_fields = ["location__code", "note"]


@admin.register(Transfer)
class TransferAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "from_location", "to_location", "status", "dispatched_at", "ended_at"]
    list_filter = ["status"]
    list_select_related = ["from_location", "to_location"]
    search_fields = ["from_location__code", "to_location__code", "note"]
