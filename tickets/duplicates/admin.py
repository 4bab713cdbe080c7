"""What was told apart, in the admin: to look at."""

from django.contrib import admin

from sync.admin import ReadOnlyAdmin
from tickets.duplicates.models import ToldApart


@admin.register(ToldApart)
class ToldApartAdmin(ReadOnlyAdmin):
    list_display = ("one", "other", "reason", "decided_by", "decided_at")
    list_select_related = ("one", "other", "decided_by")
    search_fields = ("one__reference", "other__reference", "reason")
