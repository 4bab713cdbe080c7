"""The call log in the admin: to look at."""

from django.contrib import admin

from sync.admin import ReadOnlyAdmin
from tickets.calls.models import Call


@admin.register(Call)
class CallAdmin(ReadOnlyAdmin):
    list_display = ("started_at", "direction", "result", "agent", "caller_name", "caller_number", "ticket", "territory")
    list_filter = ("direction", "result", "territory")
    list_select_related = ("agent", "ticket", "territory")
    search_fields = ("caller_name", "ticket__reference")
    told = ("caller_number", "question", "answer", "correction_reason")
    date_hierarchy = "started_at"
