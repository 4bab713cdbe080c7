"""Shapes of recoveries."""

from typing import Any

from rest_framework import serializers

from accounts.checks import ChecksField
from accounts.people.contacts import WithContacts
from sync.serializing import Input
from tickets.complaints.serializers import PersonOutput
from tickets.recoveries.models import Recovery


class AskRecoveryInput(Input):
    """Who it is, the number that they have now, what was asked, and why the old one is no more."""

    id = serializers.UUIDField(required=False)
    person_id = serializers.UUIDField()
    new_phone = serializers.CharField(max_length=30)
    checks = ChecksField()
    reason = serializers.CharField(max_length=1_000)


class StopRecoveryInput(Input):
    """Why not."""

    reason = serializers.CharField(required=False, allow_blank=True, max_length=1_000)


class RecoveryOutput(WithContacts, serializers.ModelSerializer[Recovery]):
    """A recovery. Who it is about, and is no desk, sees of the new number its end."""

    CONTACTS = frozenset({"old_phone", "new_phone", "checks", "reason", "stop_reason"})

    person = PersonOutput()
    asked_by = PersonOutput()
    decided_by = PersonOutput(allow_null=True)

    class Meta:
        model = Recovery
        fields = [
            "id",
            "person",
            "old_phone",
            "new_phone",
            "checks",
            "reason",
            "asked_by",
            "asked_at",
            "due_at",
            "status",
            "decided_at",
            "decided_by",
            "stop_reason",
        ]
        read_only_fields = fields

    def shows(self, row: Recovery) -> bool:
        """The desk, and whom it is about."""
        return super().shows(row) or (self.viewer is not None and row.person_id == self.viewer.pk)

    def to_representation(self, row: Recovery) -> dict[str, Any]:
        shown: dict[str, Any] = super().to_representation(row)
        if row.person_id == self.context["viewer"].pk:
            shown.update(new_phone=f"…{row.new_phone[-4:]}", checks=[], reason="")
        return shown
