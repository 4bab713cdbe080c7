"""Plans of escalation in the admin site."""

from typing import Any

from django import forms
from django.contrib import admin
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminSelectWidget

from fieldsvc.errors import Invalid
from notifications import kinds
from notifications.escalations.models import EscalationPlan
from notifications.escalations.plans import check_steps
from notifications.escalations.serializers import ChangeEscalationPlanInput


class EscalationPlanForm(forms.ModelForm[EscalationPlan]):
    """Refuses what the API refuses."""

    kind = forms.ChoiceField(
        choices=[("", "every kind"), *((kind, kind) for kind in sorted(kinds.KINDS))],
        required=False,
        widget=UnfoldAdminSelectWidget,
    )

    class Meta:
        model = EscalationPlan
        fields = ["kind", "territory", "steps"]

    def clean_steps(self) -> list[Any]:
        form = ChangeEscalationPlanInput(data={"steps": self.cleaned_data["steps"] or []})
        if not form.is_valid():
            raise forms.ValidationError('Write [{"minutes": 10, "way": "sms"}, …].', "steps_not_valid")
        steps: list[Any] = [dict(step) for step in form.validated_data["steps"]]
        try:
            check_steps(steps)
        except Invalid as refusal:
            raise forms.ValidationError(refusal.detail, refusal.code) from refusal
        return steps


@admin.register(EscalationPlan)
class EscalationPlanAdmin(ModelAdmin):  # type: ignore[misc]
    form = EscalationPlanForm
    list_display = ("__str__", "kind", "territory")
    list_filter = ("territory",)
    list_select_related = ("territory",)
