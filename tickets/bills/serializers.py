"""Shapes of bills, and of all that stands between us and a customer for one ticket."""

from decimal import Decimal

from rest_framework import serializers

from sync.serializing import Input, Output
from tickets.bills.models import Bill, BillLine
from tickets.payments.serializers import LinkOutput, PaymentOutput
from tickets.prices.serializers import AmountField, RateField
from tickets.refunds.serializers import RefundOutput


class DoneInput(Input):
    """So much of the work of this line of a quote was done; none, if it was not."""

    line_id = serializers.UUIDField()
    quantity = serializers.DecimalField(max_digits=9, decimal_places=3, min_value=Decimal(0))


class MakeBillInput(Input):
    """Of which work there was less than the customer agreed to."""

    done = serializers.ListField(child=DoneInput(), required=False, max_length=1000)


class CreditLineInput(Input):
    """So much of a line of the bill is not owed."""

    line_id = serializers.UUIDField()
    amount = AmountField(min_value=1)


class CreditBillInput(Input):
    """What was wrong, and with which lines; with all of it, if none is named."""

    reason = serializers.CharField(max_length=1000)
    lines = serializers.ListField(child=CreditLineInput(), required=False, min_length=1, max_length=1000)


class BillLineOutput(Output, serializers.ModelSerializer[BillLine]):
    """A line of a bill or a credit note."""

    credits_id = serializers.UUIDField(allow_null=True, help_text="Of a credit note: the line of the bill.")
    tax_rate = RateField()

    class Meta:
        model = BillLine
        fields = [
            "id",
            "number",
            "quote_line_id",
            "credits_id",
            "name",
            "name_zh",
            "unit",
            "quantity",
            "unit_price",
            "tax_rate",
            "amount",
            "free_reason",
        ]
        read_only_fields = fields

    quote_line_id = serializers.UUIDField()


class BillOutput(Output, serializers.ModelSerializer[Bill]):
    """A bill or a credit note. Amounts are in minor units, tax included; `taxes` is by rate in percent."""

    ticket_id = serializers.UUIDField()
    ticket_reference = serializers.CharField(source="ticket.reference")
    territory_id = serializers.UUIDField()
    corrects_id = serializers.UUIDField(allow_null=True)
    taxes = serializers.DictField(child=serializers.IntegerField())
    lines = BillLineOutput(many=True)

    class Meta:
        model = Bill
        fields = [
            "id",
            "kind",
            "number",
            "corrects_id",
            "ticket_id",
            "ticket_reference",
            "territory_id",
            "customer_name",
            "address",
            "currency",
            "total",
            "taxes",
            "outstanding",
            "due_on",
            "reason",
            "issued_at",
            "lines",
        ]
        read_only_fields = fields


class SumsOutput(Output, Input):
    """In one currency. Above nothing, `balance` is what the customer owes; below, what we owe them."""

    currency = serializers.CharField(help_text="Empty while nothing was quoted or paid.")
    billed = serializers.IntegerField()
    credited = serializers.IntegerField()
    paid = serializers.IntegerField()
    refunded = serializers.IntegerField()
    compensated = serializers.IntegerField()
    balance = serializers.IntegerField()


class ChargesOutput(SumsOutput):
    """All charges of a ticket: the sums in its currency, those of money that came in others, and every row."""

    other_currencies = SumsOutput(many=True)
    bills = BillOutput(many=True)
    payments = PaymentOutput(many=True)
    links = LinkOutput(many=True)
    refunds = RefundOutput(many=True)
