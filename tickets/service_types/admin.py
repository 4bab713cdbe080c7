"""Service types in the admin site."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline

from fieldsvc.errors import Invalid
from fieldsvc.time import now
from tickets.clock.configuration import reckon_anew
from tickets.service_types.forms import check_form
from tickets.service_types.models import ServiceType, ServiceTypePart, ServiceTypeSkill


class ServiceTypeForm(forms.ModelForm[ServiceType]):
    """Refuses the forms that the API refuses."""

    class Meta:
        model = ServiceType
        fields = [
            "code",
            "name",
            "name_zh",
            "form",
            "policy",
            "checklist",
            "resolution_codes",
            "default_priority",
            "paid_work",
            "is_installation",
            "visit_minutes",
            "duplicate_hours",
            "repeat_days",
            "outage_tickets",
            "outage_minutes",
            "is_active",
        ]

    def clean_form(self) -> Any:
        form = self.cleaned_data["form"]
        try:
            check_form(form)
        except Invalid as refusal:
            raise forms.ValidationError(refusal.detail, refusal.code) from refusal
        return form


class SkillInline(TabularInline):  # type: ignore[misc]
    model = ServiceTypeSkill
    extra = 0


class LikelyPartInline(TabularInline):  # type: ignore[misc]
    model = ServiceTypePart
    extra = 0
    fields = ["position", "part", "quantity"]
    autocomplete_fields = ["part"]
    verbose_name = "likely part"


@admin.register(ServiceType)
class ServiceTypeAdmin(ModelAdmin):  # type: ignore[misc]
    """Not deleted, as tickets refer to them: `is_active` takes one off the list."""

    form = ServiceTypeForm
    inlines = [SkillInline, LikelyPartInline]
    list_display = ["code", "name", "name_zh", "policy", "default_priority", "is_active"]
    list_filter = ["is_active"]
    list_select_related = ["policy"]
    search_fields = ["code", "name", "name_zh"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Open clocks go by the policy that is chosen now."""
        super().save_related(request, form, formsets, change)
        if "policy" in form.changed_data:
            reckon_anew(Q(clock__ticket__service_type=form.instance), at=now())
