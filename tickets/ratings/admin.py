"""Reasons of ratings in the admin site, and what technicians said, to look at."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from sync.admin import ReadOnlyAdmin
from tickets.ratings.models import RatingReason, VisitRating


@admin.register(RatingReason)
class RatingReasonAdmin(ModelAdmin):  # type: ignore[misc]
    """Not deleted, as ratings name them."""

    list_display = ("code", "whose", "text", "text_zh", "lowest", "highest", "is_active")
    list_filter = ("whose", "is_active")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(VisitRating)
class VisitRatingAdmin(ReadOnlyAdmin):
    list_display = ("occurred_at", "visit", "score", "reasons", "comment")
    list_filter = ("score",)
    list_select_related = ("visit",)
