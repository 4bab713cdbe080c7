"""Segments of networks in the admin site. Sites are connected through the API."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from fieldsvc.errors import Invalid
from sync.admin import ReadOnlyAdmin
from tickets.segments.models import NetworkConnection, NetworkSegment
from tickets.segments.services import check_service_types


class NetworkSegmentForm(forms.ModelForm[NetworkSegment]):
    """Refuses what the API refuses."""

    class Meta:
        model = NetworkSegment
        fields = ["territory", "code", "name", "name_zh", "service_types", "is_active"]

    def clean_service_types(self) -> Any:
        codes = self.cleaned_data["service_types"]
        try:
            check_service_types(codes)
        except Invalid as refusal:
            raise forms.ValidationError(refusal.detail, refusal.code) from refusal
        return codes


@admin.register(NetworkSegment)
class NetworkSegmentAdmin(ModelAdmin):  # type: ignore[misc]
    """Not deleted, as outages refer to them: `is_active` takes one out of use."""

    form = NetworkSegmentForm
    list_display = ["code", "name", "name_zh", "territory", "service_types", "is_active"]
    list_filter = ["territory", "is_active"]
    list_select_related = ["territory"]
    search_fields = ["code", "name", "name_zh"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["territory", "code"] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(NetworkConnection)
class NetworkConnectionAdmin(ReadOnlyAdmin):
    list_display = ["segment", "site", "since", "until"]
    list_filter = ["segment"]
    list_select_related = ["segment", "site"]
    search_fields = ["site__complex", "site__address"]
