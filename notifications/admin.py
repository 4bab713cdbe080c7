"""What administrators see of notices and messages. Commands own the rows, so nothing can be changed here."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from notifications.escalations.admin import EscalationPlanAdmin
from notifications.models import Message, Notice
from sync.admin import ReadOnlyAdmin

__all__ = ["EscalationPlanAdmin", "MessageAdmin", "NoticeAdmin"]


@admin.register(Notice)
class NoticeAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "kind", "title", "user", "acknowledged_at", "escalated_at"]
    list_filter = ["kind", "urgent", "wants_ack"]
    list_select_related = ["user"]
    search_fields = ["title", "title_zh", "user__name", "user__username"]
    told = ["body", "body_zh", "title", "title_zh", "data"]
    date_hierarchy = "created_at"

    def get_queryset(self, request: HttpRequest) -> Any:
        """Without those on complaints about staff: whoever looks here may be the one concerned."""
        return super().get_queryset(request).exclude(kind__startswith="staff_complaint_")


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    """The outbox: dead letters are those with the status "dead"; `last_error` says what killed them."""

    list_display = ["created_at", "kind", "address", "status", "attempts", "next_try_at", "last_error"]
    list_filter = ["status", "kind", "channel"]
    told = ["address"]
    date_hierarchy = "created_at"
    exclude = ["text"]  # a queued one-time code would let its reader in
