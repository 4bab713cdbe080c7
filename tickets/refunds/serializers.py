"""Shapes of refunds."""

from rest_framework import serializers

from accounts.models import User
from sync.serializing import Input
from tickets.audiences import ByAudience
from tickets.complaints.access import audience
from tickets.prices.serializers import AmountField, CurrencyField
from tickets.refunds.models import Refund, Repayment

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
    "repayments",
)
REPAYMENT_FOR_RESIDENTS = (
    "id",
    "refund_id",
    "payment_id",
    "amount",
    "compensation",
    "status",
    "asked_at",
    "sent_at",
    "confirmed_at",
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


class RepaymentToldInput(Input):
    """What the provider tells: by our reference, its own name for the refund, and what has become of it when."""

    reference = serializers.UUIDField()
    refund_id = serializers.CharField(required=False, allow_blank=True, max_length=200)
    state = serializers.ChoiceField([Repayment.Status.CONFIRMED, Repayment.Status.FAILED])
    reason = serializers.CharField(required=False, allow_blank=True, max_length=1000, help_text="Why it failed.")
    at = serializers.DateTimeField()


class SettleRepaymentInput(Input):
    """What is done about a failure, and why. Who gives it by hand has made sure that it has not gone after all."""

    settlement = serializers.ChoiceField(Repayment.Settlement.choices)
    note = serializers.CharField(max_length=1000)


class RepaymentOutput(ByAudience, serializers.ModelSerializer[Repayment]):
    """A part of a refund: back to a payment by link, or without `payment_id` by hand. In minor units."""

    RESIDENT_SEES = frozenset(REPAYMENT_FOR_RESIDENTS)

    refund_id = serializers.UUIDField()
    payment_id = serializers.UUIDField(allow_null=True)
    given_by_id = serializers.UUIDField(allow_null=True)
    owner_id = serializers.UUIDField(allow_null=True, help_text="Who sees to it that it failed.")
    settled_by_id = serializers.UUIDField(allow_null=True)

    class Meta:
        model = Repayment
        fields = [
            *REPAYMENT_FOR_RESIDENTS,
            "provider_id",
            "given_by_id",
            "failed_at",
            "last_error",
            "in_doubt",
            "owner_id",
            "settlement",
            "settled_at",
            "settled_by_id",
            "note",
        ]

    def audience_of(self, row: Repayment, viewer: User) -> str:
        return audience(viewer, row.refund.ticket)


class RefundOutput(ByAudience, serializers.ModelSerializer[Refund]):
    """Money back: `refund` of what was paid, `compensation` on top, and the ways on which it goes. In minor units.

    Customers read what they got, not who of us decided it, and what was said to that.
    """

    RESIDENT_SEES = frozenset(FOR_RESIDENTS)

    ticket_id = serializers.UUIDField()
    bill_id = serializers.UUIDField(allow_null=True)
    credit_note_id = serializers.UUIDField(allow_null=True)
    requested_by_id = serializers.UUIDField(allow_null=True)
    decided_by_id = serializers.UUIDField(allow_null=True)
    repayments = RepaymentOutput(many=True)

    class Meta:
        model = Refund
        fields = [*FOR_RESIDENTS, "requested_by_id", "decided_by_id", "decided_at", "decision_note"]

    def audience_of(self, row: Refund, viewer: User) -> str:
        return audience(viewer, row.ticket)
