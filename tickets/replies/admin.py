"""Templates in the admin site."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from fieldsvc.errors import Invalid
from tickets.replies import placeholders
from tickets.replies.models import ReplyTemplate


class ReplyTemplateForm(forms.ModelForm[ReplyTemplate]):
    """Refuses the placeholders that the API refuses."""

    class Meta:
        model = ReplyTemplate
        fields = ["code", "kind", "territory", "service_type", "text", "text_zh", "is_active"]

    def clean_text(self) -> str:
        return self._checked("text")

    def clean_text_zh(self) -> str:
        return self._checked("text_zh")

    def _checked(self, field: str) -> str:
        text: str = self.cleaned_data[field]
        try:
            placeholders.check(text, field=field)
        except Invalid as refusal:
            raise forms.ValidationError(refusal.detail, refusal.code) from refusal
        return text


@admin.register(ReplyTemplate)
class ReplyTemplateAdmin(ModelAdmin):  # type: ignore[misc]
    """Not deleted, as messages name the template that they were made from."""

    form = ReplyTemplateForm
    list_display = ("code", "kind", "territory", "service_type", "is_active")
    list_filter = ("kind", "is_active", "territory")
    list_select_related = ("territory", "service_type")
    search_fields = ("code", "text", "text_zh")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
