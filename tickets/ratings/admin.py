"""Reasons of ratings in the admin site."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from tickets.ratings.models import RatingReason


@admin.register(RatingReason)
class RatingReasonAdmin(ModelAdmin):  # type: ignore[misc]
    """Not deleted, as ratings name them."""

    list_display = ("code", "text", "text_zh", "lowest", "highest", "is_active")
    list_filter = ("is_active",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
