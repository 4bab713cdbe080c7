"""Shapes of payments, links, and cash that was handed in."""

from rest_framework import serializers

from accounts.models import User
from sync.serializing import Input, Output
from tickets.audiences import ByAudience
from tickets.complaints.access import audience
from tickets.payments.models import CashHandIn, Payment, PaymentLink
from tickets.prices.serializers import AmountField, CurrencyField

FOR_RESIDENTS = (
    "id",
    "ticket_id",
    "method",
    "amount",
    "currency",
    "receipt_number",
    "link_id",
    "reverses_id",
    "occurred_at",
    "received_at",
)


class TakeCashInput(Input):
    """Cash that the customer gave, and the receipt that they got for it."""

    id = serializers.UUIDField(required=False, help_text="Made by the client: a repeated request is one payment.")
    amount = AmountField(min_value=1)
    currency = CurrencyField()
    receipt_number = serializers.CharField(max_length=60)
    note = serializers.CharField(required=False, allow_blank=True, max_length=1000)


class TakePaymentInput(TakeCashInput):
    """The same, or a transfer that has arrived."""

    method = serializers.ChoiceField([Payment.Method.CASH, Payment.Method.TRANSFER], required=False)


class ReversePaymentInput(Input):
    """What was wrong."""

    note = serializers.CharField(max_length=1000)


class HandInCashInput(Input):
    """Which of a technician's payments are handed in, what was counted, and why that is not the same."""

    technician_id = serializers.UUIDField()
    payments = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=500)
    counted = AmountField()
    note = serializers.CharField(required=False, allow_blank=True, max_length=1000)

    def validate_payments(self, value: list[object]) -> list[object]:
        """Each once."""
        return list(dict.fromkeys(value))


class AskForLinkInput(Input):
    """How much is to be paid by it; all that is owed, if nothing is said."""

    id = serializers.UUIDField(required=False)
    amount = AmountField(min_value=1, required=False)


class PaymentCameInput(Input):
    """What the provider tells: by our reference, its own name for the payment, and what has come."""

    reference = serializers.UUIDField()
    payment_id = serializers.CharField(max_length=60)
    amount = AmountField(min_value=1)
    currency = CurrencyField()
    paid_at = serializers.DateTimeField()


class PaymentOutput(ByAudience, serializers.ModelSerializer[Payment]):
    """A payment, in minor units. Customers do not read what we note beside it."""

    RESIDENT_SEES = frozenset(FOR_RESIDENTS)

    ticket_id = serializers.UUIDField()
    territory_id = serializers.UUIDField(help_text="In whose books it stands.")
    taken_by_id = serializers.UUIDField(allow_null=True)
    link_id = serializers.UUIDField(allow_null=True)
    reverses_id = serializers.UUIDField(allow_null=True)
    handed_in = serializers.SerializerMethodField()

    class Meta:
        model = Payment
        fields = [*FOR_RESIDENTS, "territory_id", "taken_by_id", "note", "flags", "handed_in"]

    def audience_of(self, row: Payment, viewer: User) -> str:
        return audience(viewer, row.ticket)

    def get_handed_in(self, payment: Payment) -> bool:
        return payment.hand_in_id is not None


class LinkOutput(Output, serializers.ModelSerializer[PaymentLink]):
    """Where the customer pays, once the provider has made the page."""

    ticket_id = serializers.UUIDField()

    class Meta:
        model = PaymentLink
        fields = ["id", "ticket_id", "amount", "currency", "status", "url", "asked_at"]
        read_only_fields = fields


class HandInOutput(Output, serializers.ModelSerializer[CashHandIn]):
    """Cash that was handed in."""

    technician_id = serializers.UUIDField()
    received_by_id = serializers.UUIDField()
    territory_id = serializers.UUIDField()

    class Meta:
        model = CashHandIn
        fields = [
            "id",
            "territory_id",
            "technician_id",
            "received_by_id",
            "currency",
            "expected",
            "counted",
            "note",
            "received_at",
        ]
        read_only_fields = fields
