"""Shapes of quotes and gaps over HTTP and in documents of phones."""

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from accounts.models import User
from sync.serializing import Input, Output
from tickets.audiences import ByAudience
from tickets.complaints.access import audience
from tickets.complaints.serializers import OnBehalfOfInput
from tickets.prices.serializers import AmountField, CurrencyField, RateField
from tickets.quotes.models import ConsentGap, Quote, QuoteLine

MOST_LINES = 100
FOR_RESIDENTS = (
    "id",
    "ticket_id",
    "visit_id",
    "status",
    "currency",
    "total",
    "note",
    "lines",
    "occurred_at",
    "answered_at",
    "answered_how",
    "signed_by",
    "signature_id",
    "answer_note",
    "withdrawn_at",
    "withdrawal_reason",
)


class QuoteLineInput(Input):
    """So much of an item; free for a reason; at the price that was shown."""

    item_id = serializers.UUIDField()
    quantity = serializers.DecimalField(max_digits=9, decimal_places=3, min_value=Decimal("0.001"))
    unit_price = AmountField(required=False, help_text="As it was shown. Default: of the price list.")
    free_reason = serializers.ChoiceField(QuoteLine.FreeReason.choices, required=False, allow_blank=True)
    free_note = serializers.CharField(required=False, allow_blank=True, max_length=500)
    charge_reason = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=500,
        help_text="Why it is charged though it is under warranty. For supervisors.",
    )


class MakeQuoteInput(Input):
    """What a customer is shown before the work is done."""

    id = serializers.UUIDField(required=False, help_text="Made by the client: a repeated request is one quote.")
    visit_id = serializers.UUIDField(required=False, allow_null=True, help_text="Where it is shown.")
    lines = serializers.ListField(child=QuoteLineInput(), min_length=1, max_length=MOST_LINES)
    currency = CurrencyField(required=False)
    total = AmountField(required=False, help_text="As it was shown.")
    note = serializers.CharField(required=False, allow_blank=True, max_length=1000)


class AnswerQuoteInput(Input):
    """What the customer said; on the spot with the signature, an attachment of a visit of this ticket."""

    accepted = serializers.BooleanField()
    signed_by = serializers.CharField(required=False, allow_blank=True, max_length=200)
    signature_id = serializers.UUIDField(required=False, allow_null=True)
    note = serializers.CharField(required=False, allow_blank=True, max_length=1000)


class AnswerQuoteRequest(OnBehalfOfInput, AnswerQuoteInput):
    """The same, perhaps for the customer on the line."""


class WithdrawQuoteInput(Input):
    """Why it does not hold any more."""

    reason = serializers.CharField(max_length=1000)


class WaiveGapInput(Input):
    """Why the customer need not pay."""

    note = serializers.CharField(max_length=1000)


class QuoteLineOutput(Output, serializers.ModelSerializer[QuoteLine]):
    """A line as it was shown. `warranty_…` is what answers for it: until which day, for which unit, by which repair.

    Whose ticket that was, if it was not the customer's own, is nothing to them.
    """

    item_id = serializers.UUIDField()
    tax_rate = RateField()
    warranty_id = serializers.UUIDField(allow_null=True)
    warranty_until = serializers.DateField(source="warranty.until", default=None, allow_null=True)
    warranty_serial = serializers.CharField(source="warranty.serial", default="", allow_blank=True)
    warranty_reference = serializers.SerializerMethodField(help_text="Of the ticket, if it was the customer's own.")

    class Meta:
        model = QuoteLine
        fields = [
            "id",
            "number",
            "item_id",
            "name",
            "name_zh",
            "unit",
            "quantity",
            "unit_price",
            "tax_rate",
            "amount",
            "free_reason",
            "free_note",
            "warranty_id",
            "warranty_until",
            "warranty_serial",
            "warranty_reference",
            "charge_reason",
        ]
        read_only_fields = fields

    def get_warranty_reference(self, line: QuoteLine) -> str:
        repaired = line.warranty.ticket if line.warranty else None
        own = repaired is not None and repaired.resident_id == line.quote.ticket.resident_id
        return repaired.reference if repaired is not None and own else ""


class QuoteOutput(ByAudience, serializers.ModelSerializer[Quote]):
    """A quote and its answer. Amounts are in minor units of the currency, tax included."""

    RESIDENT_SEES = frozenset(FOR_RESIDENTS)

    ticket_id = serializers.UUIDField()
    visit_id = serializers.UUIDField(allow_null=True)
    signature_id = serializers.UUIDField(allow_null=True)
    made_by_id = serializers.UUIDField(allow_null=True)
    answered_by_id = serializers.UUIDField(allow_null=True)
    on_behalf_of_id = serializers.UUIDField(allow_null=True)
    lines = QuoteLineOutput(many=True)

    class Meta:
        model = Quote
        fields = [
            *FOR_RESIDENTS,
            "reckoned_total",
            "made_by_id",
            "received_at",
            "flags",
            "answered_by_id",
            "on_behalf_of_id",
        ]

    def audience_of(self, row: Quote, viewer: User) -> str:
        return audience(viewer, row.ticket)


class GapItemOutput(Input):
    """So much of it was used without consent."""

    item_id = serializers.UUIDField()
    name = serializers.CharField()
    name_zh = serializers.CharField()
    quantity = serializers.CharField()


class GapOutput(Output, serializers.ModelSerializer[ConsentGap]):
    """Work that was done without anybody's agreement to pay for it, and what became of that."""

    ticket_id = serializers.UUIDField()
    ticket_reference = serializers.CharField(source="ticket.reference")
    visit_id = serializers.UUIDField()
    technician_name = serializers.CharField(source="visit.technician.name")
    missing = GapItemOutput(many=True)

    class Meta:
        model = ConsentGap
        fields = [
            "id",
            "ticket_id",
            "ticket_reference",
            "visit_id",
            "technician_name",
            "missing",
            "occurred_at",
            "received_at",
            "settlement",
            "settled_at",
            "note",
        ]
        read_only_fields = fields


def lines_of(value: Any) -> list[dict[str, Any]]:
    """Of a written document, what of its lines an operation takes."""
    names = set(QuoteLineInput().fields)
    return [
        {name: item for name, item in line.items() if name in names and item is not None}
        for line in value
        if isinstance(line, dict)
    ]
