"""Suggestions in the admin site: rules to change, weights to look at, as commands keep them from overlapping."""

from django.contrib import admin
from unfold.admin import ModelAdmin

from tickets.clock.admin import ReadOnlyMixin
from tickets.suggestions.models import OBJECTIVES, AutoDispatchRule, SuggestionWeights


@admin.register(SuggestionWeights)
class SuggestionWeightsAdmin(ReadOnlyMixin, ModelAdmin):  # type: ignore[misc]
    list_display = ["service_type", *OBJECTIVES, "parts_required", "holds_from", "holds_until"]
    list_filter = ["service_type"]
    list_select_related = ["service_type"]


@admin.register(AutoDispatchRule)
class AutoDispatchRuleAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ["service_type", "from_score", "opens", "closes"]
    list_select_related = ["service_type"]
