"""SMS that came, to look at."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from sync.admin import ReadOnlyAdmin
from tickets.incoming_sms.models import IncomingSms


@admin.register(IncomingSms)
class IncomingSmsAdmin(ReadOnlyAdmin):
    list_display = ("received_at", "state", "sender", "person", "territory", "ticket", "settled_by")
    list_filter = ("state", "territory")
    list_select_related = ("person", "territory", "ticket", "settled_by")
    told = ("sender", "text", "outcome")

    def get_queryset(self, request: HttpRequest) -> Any:
        """Without answers about complaints about staff: whoever looks here may be the one concerned."""
        return super().get_queryset(request).filter(staff_complaint=None)
