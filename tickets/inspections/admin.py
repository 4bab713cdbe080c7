"""Plans and service lives in the admin site; what fell due, to look at."""

from django import forms
from django.contrib import admin
from unfold.admin import ModelAdmin

from fieldsvc.errors import Invalid
from tickets.clock.admin import ReadOnlyMixin
from tickets.inspections.models import Inspection, InspectionPlan, ServiceLife
from tickets.inspections.recurrence import require_rule


class PlanForm(forms.ModelForm[InspectionPlan]):
    """The same rules as through any other door."""

    class Meta:
        model = InspectionPlan
        fields = "__all__"  # noqa: DJ007  # all of it is configuration

    def clean(self) -> None:
        super().clean()
        given = self.cleaned_data
        if given.get("rule") and given.get("starts_on"):
            try:
                require_rule(given["rule"], given["starts_on"])
            except Invalid as refusal:
                self.add_error("rule", refusal.detail)


@admin.register(InspectionPlan)
class InspectionPlanAdmin(ModelAdmin):  # type: ignore[misc]
    form = PlanForm
    list_display = [
        "code",
        "name",
        "subject",
        "asset_kind",
        "customer_class",
        "rule",
        "starts_on",
        "ends_on",
        "last_error",
    ]
    list_filter = ["subject"]
    search_fields = ["code", "name", "name_zh"]


@admin.register(ServiceLife)
class ServiceLifeAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ["asset_kind", "component", "months", "territory", "valid_from", "valid_until", "last_error"]
    search_fields = ["asset_kind", "component"]


@admin.register(Inspection)
class InspectionAdmin(ReadOnlyMixin, ModelAdmin):  # type: ignore[misc]
    list_display = ["plan", "life", "asset", "account", "period", "due_on", "ticket", "skip_reason"]
    list_select_related = ["plan", "life", "asset", "account", "ticket"]
