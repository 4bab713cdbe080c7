"""Shapes of the price list over HTTP, in documents of phones, and in files."""

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from sync.serializing import Input, Output
from tickets.prices.models import Price, PriceItem
from tickets.prices.money import MAX_AMOUNT


class AmountField(serializers.IntegerField):
    """Money in minor units of its currency."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"min_value": 0, "max_value": MAX_AMOUNT, **kwargs})


class CurrencyField(serializers.RegexField):
    """ISO 4217."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(r"^[A-Z]{3}\Z", **{"help_text": "ISO 4217", **kwargs})


class RateField(serializers.DecimalField):
    """A tax rate in percent."""

    def __init__(self, **kwargs: Any) -> None:
        limits = {"min_value": Decimal(0), "max_value": Decimal("99.99")}
        super().__init__(**{"max_digits": 5, "decimal_places": 2, **limits, **kwargs})


class CreateItemInput(Input):
    """Something to charge for: a part, or work with its unit."""

    id = serializers.UUIDField(required=False)
    code = serializers.SlugField(max_length=60)
    name = serializers.CharField(max_length=200)
    name_zh = serializers.CharField(max_length=200, required=False, allow_blank=True)
    unit = serializers.ChoiceField(PriceItem.Unit.choices, required=False, help_text="Of work; a part has its own.")
    part_id = serializers.UUIDField(required=False, allow_null=True)


class ChangeItemInput(Input):
    """What it is called from now on."""

    name = serializers.CharField(max_length=200, required=False)
    name_zh = serializers.CharField(max_length=200, required=False, allow_blank=True)


class TermsInput(Input):
    """An amount, and the days for which it holds."""

    amount = AmountField()
    currency = CurrencyField()
    tax_rate = RateField()
    valid_from = serializers.DateField()
    valid_until = serializers.DateField(required=False, allow_null=True)


class SetPriceInput(TermsInput):
    """What an item costs."""

    id = serializers.UUIDField(required=False)
    item_id = serializers.UUIDField()
    territory_id = serializers.UUIDField(required=False, allow_null=True)


class PriceRow(TermsInput):
    """A row of a file."""

    item = serializers.CharField()
    territory = serializers.CharField(allow_blank=True)


class EndPriceInput(Input):
    """The first day on which it holds no more; null: until further notice."""

    valid_until = serializers.DateField(allow_null=True)


class ImportPricesInput(Input):
    """A CSV: item,territory,amount,currency,tax_rate,valid_from,valid_until."""

    content = serializers.CharField(max_length=2_000_000, trim_whitespace=False)


class ItemOutput(Output, serializers.ModelSerializer[PriceItem]):
    """Something that a customer can be charged for."""

    part_id = serializers.UUIDField(allow_null=True)

    class Meta:
        model = PriceItem
        fields = ["id", "code", "kind", "part_id", "name", "name_zh", "unit"]
        read_only_fields = fields


class PriceOutput(Output, serializers.ModelSerializer[Price]):
    """What one unit costs, tax included, in minor units; without a territory, wherever there is no price of its own."""

    item_id = serializers.UUIDField()
    code = serializers.CharField(source="item.code")
    kind = serializers.ChoiceField(PriceItem.Kind.choices, source="item.kind")
    part_id = serializers.UUIDField(source="item.part_id", allow_null=True)
    name = serializers.CharField(source="item.name")
    name_zh = serializers.CharField(source="item.name_zh")
    unit = serializers.ChoiceField(PriceItem.Unit.choices, source="item.unit")
    territory_id = serializers.UUIDField(allow_null=True)
    tax_rate = RateField()

    class Meta:
        model = Price
        fields = [
            "id",
            "item_id",
            "code",
            "kind",
            "part_id",
            "name",
            "name_zh",
            "unit",
            "territory_id",
            "amount",
            "currency",
            "tax_rate",
            "valid_from",
            "valid_until",
        ]
        read_only_fields = fields
