"""Shapes of refunds."""

from rest_framework import serializers

from accounts.models import User
from sync.serializing import Input
from tickets.audiences import ByAudience
from tickets.complaints.access import audience
from tickets.prices.serializers import AmountField, CurrencyField
from tickets.refunds.models import Refund

FOR_RESIDENTS = (
    "id",
    "kind",
    "ticket_id",
    "bill_id",
    "credit_note_id",
    "currency",
    "overcharge",
    "refund",
    "compensation",
    "reason",
    "status",
    "requested_at",
    "paid_at",
    "receipt_number",
)


class RequestRefundInput(Input):
    """So much of what was paid, and why."""

    id = serializers.UUIDField(required=False)
    amount = AmountField(min_value=1)
    currency = CurrencyField(required=False, help_text="Default: that of the ticket.")
    reason = serializers.CharField(max_length=1000)


class CompensateOverchargeInput(Input):
    """By how much the bill was too high, and why."""

    id = serializers.UUIDField(required=False)
    overcharge = AmountField(min_value=1)
    reason = serializers.CharField(max_length=1000)


class ApproveRefundInput(Input):
    """What there is to say to it."""

    note = serializers.CharField(required=False, allow_blank=True, max_length=1000)


class RejectRefundInput(Input):
    """Why not."""

    note = serializers.CharField(max_length=1000)


class PayRefundInput(Input):
    """The receipt that the customer signed, or the transfer."""

    receipt_number = serializers.CharField(max_length=60)


class RefundOutput(ByAudience, serializers.ModelSerializer[Refund]):
    """Money back: `refund` of what was paid, `compensation` on top. In minor units.

    Customers read what they got, not who of us decided it, and what was said to that.
    """

    RESIDENT_SEES = frozenset(FOR_RESIDENTS)

    ticket_id = serializers.UUIDField()
    bill_id = serializers.UUIDField(allow_null=True)
    credit_note_id = serializers.UUIDField(allow_null=True)
    requested_by_id = serializers.UUIDField(allow_null=True)
    decided_by_id = serializers.UUIDField(allow_null=True)

    class Meta:
        model = Refund
        fields = [*FOR_RESIDENTS, "requested_by_id", "decided_by_id", "decided_at", "decision_note"]

    def audience_of(self, row: Refund, viewer: User) -> str:
        return audience(viewer, row.ticket)
