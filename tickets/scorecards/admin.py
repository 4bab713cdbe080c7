"""Scorecards in the admin site: words to change, the rest to look at. What is weighed is said at once, by the API."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline

from sync.admin import ReadOnlyAdmin
from tickets.clock.admin import ReadOnlyMixin
from tickets.scorecards.models import Criterion, Scorecard, ScorecardVersion, ScoreMark


@admin.register(Scorecard)
class ScorecardAdmin(ModelAdmin):  # type: ignore[misc]
    """Not deleted, as scores go by them."""

    list_display = ("code", "name", "name_zh", "subject")
    list_filter = ("subject",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("code", "subject") if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class CriterionInline(ReadOnlyMixin, TabularInline):  # type: ignore[misc]
    model = Criterion
    extra = 0


@admin.register(ScorecardVersion)
class ScorecardVersionAdmin(ReadOnlyAdmin):
    list_display = ("scorecard", "valid_from", "valid_until", "made_by", "made_at")
    list_filter = ("scorecard",)
    list_select_related = ("scorecard", "made_by")
    inlines = (CriterionInline,)


@admin.register(ScoreMark)
class ScoreMarkAdmin(ReadOnlyAdmin):
    list_display = ("marked_at", "criterion", "territory", "person", "month", "points", "marked_by")
    list_filter = ("territory", "month")
    list_select_related = ("criterion", "territory", "person", "marked_by")
