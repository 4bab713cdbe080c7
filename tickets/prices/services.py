"""Commands on the price list, for administrators of everything. What was quoted keeps its price."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q
from rest_framework.exceptions import ValidationError

from accounts.models import Territory
from accounts.people.access import require_administrator
from fieldsvc.errors import Conflict, Invalid, validation_errors
from parts.models import Part
from sync.archive import archive
from sync.commands import Actor, command
from sync.ids import uuid7
from sync.repeats import id_taken
from sync.violations import violated_constraint
from tickets.prices import access
from tickets.prices.models import NO_OVERLAP, Price, PriceItem
from tickets.prices.serializers import PriceRow

COLUMNS = ("item", "territory", "amount", "currency", "tax_rate", "valid_from", "valid_until")
"""Of an import. Codes name item and territory; an empty territory is everywhere, an empty end is none."""
MAX_ROWS = 10_000
EAST_OF_ALL = timedelta(hours=14)
"""Nowhere is it later than by this in UTC."""


@command
def create_item(
    *,
    actor: Actor,
    occurred_at: datetime,
    code: str,
    name: str,
    name_zh: str = "",
    unit: str = "",
    part_id: UUID | None = None,
    id: UUID | None = None,
) -> PriceItem:
    """Something new to charge for: a part of the catalogue if one is named, otherwise work, counted in `unit`.

    Raises Invalid("part_not_known" | "unit_missing"), Conflict("code_taken" | "part_has_item" | "id_taken").
    """
    require_administrator(actor)
    item = PriceItem(pk=id or uuid7(), code=code, name=name, name_zh=name_zh, kind=PriceItem.Kind.SERVICE, unit=unit)
    if part_id is not None:
        part = Part.objects.filter(pk=part_id).first()
        if part is None:
            raise Invalid("part_not_known", "Choose a part of the catalogue.", field="part_id")
        item.kind, item.part, item.unit = PriceItem.Kind.PART, part, part.unit
    elif not unit:
        raise Invalid("unit_missing", "Say in what the work is counted.", field="unit")
    _save(item)
    return item


@command
def change_item(*, actor: Actor, occurred_at: datetime, item_id: UUID, **names: str) -> PriceItem:
    """New values for name and name_zh. Phones read them with the next price of the item."""
    item = access.item_to_change(actor, item_id)
    for field, value in names.items():
        setattr(item, field, value)
    item.save(update_fields=list(names))
    return item


@command
def set_price(
    *,
    actor: Actor,
    occurred_at: datetime,
    item_id: UUID,
    amount: int,
    currency: str,
    tax_rate: Decimal,
    valid_from: date,
    valid_until: date | None = None,
    territory_id: UUID | None = None,
    id: UUID | None = None,
) -> Price:
    """What an item costs from a day on. A price without an end takes the place of one that has none either.

    Raises Invalid("item_unknown" | "territory_unknown" | "price_ends_before_it_begins"), Conflict("price_overlaps")
    naming the `price` that holds for some of these days, Conflict("id_taken").
    """
    require_administrator(actor)
    item = PriceItem.objects.select_for_update().filter(pk=item_id).first()
    if item is None:
        raise Invalid("item_unknown", "Choose an item of the price list.", field="item_id")
    if territory_id is not None and not Territory.objects.filter(pk=territory_id).exists():
        raise Invalid("territory_unknown", "Choose one of the territories.", field="territory_id")
    _must_hold_for_a_day(valid_from, valid_until)
    price = Price(
        pk=id or uuid7(),
        item=item,
        territory_id=territory_id,
        amount=amount,
        currency=currency,
        tax_rate=tax_rate,
        valid_from=valid_from,
        valid_until=valid_until,
    )
    if valid_until is None:
        endless = Price.objects.filter(item=item, territory=territory_id, valid_from__lt=valid_from, valid_until=None)
        endless.update(valid_until=valid_from)
    _save(price)
    return price


@command
def end_price(*, actor: Actor, occurred_at: datetime, price_id: UUID, valid_until: date | None) -> Price:
    """It holds until the day before `valid_until`; with None, until further notice.

    Raises Invalid("price_ends_before_it_begins"), Conflict("price_overlaps").
    """
    price = access.price_to_change(actor, price_id)
    _must_hold_for_a_day(price.valid_from, valid_until)
    price.valid_until, price.archived = valid_until, False
    _save(price)
    return price


@command
def delete_price(*, actor: Actor, occurred_at: datetime, price_id: UUID) -> None:
    """Take back a price that has not begun yet anywhere. Raises Conflict("price_has_begun"): end that one."""
    price = access.price_to_change(actor, price_id)
    if price.valid_from <= (occurred_at + EAST_OF_ALL).date():
        raise Conflict("price_has_begun", "Somebody may have been quoted this price. Let it end instead.")
    price.delete()


@command
def import_prices(*, actor: Actor, occurred_at: datetime, content: str) -> Sequence[Price]:
    """All prices of a CSV with the columns of `COLUMNS`, or none of them, as `set_price` does each.

    Raises Invalid("price_list_not_valid") with `errors` that name each row (the first below the header is 0) and
    column; and of the first price that cannot stand what `set_price` raises.
    """
    require_administrator(actor)
    rows = _read(content)
    items = dict(PriceItem.objects.filter(code__in={row["item"] for row in rows}).values_list("code", "pk"))
    places: dict[str, UUID | None] = {"": None, **dict(Territory.objects.values_list("code", "pk"))}
    errors = [
        {"field": f"rows[{index}].{column}", "code": code, "detail": f"There is no {row[column]}."}
        for index, row in enumerate(rows)
        for column, code, known in (("item", "item_unknown", items), ("territory", "territory_unknown", places))
        if row[column] not in known
    ]
    if errors:
        raise _not_valid(errors)
    return [
        set_price(
            actor=actor,
            occurred_at=occurred_at,
            item_id=items[row.pop("item")],
            territory_id=places[row.pop("territory")],
            **row,
        )
        for row in rows
    ]


@command
def archive_prices(*, actor: Actor, occurred_at: datetime) -> int:
    """Take prices off phones that ended long ago. Returns how many: none when all is done."""
    return archive(Price.objects.filter(valid_until__isnull=False), ended="valid_until", at=occurred_at)


def _read(content: str) -> list[dict[str, Any]]:
    table = csv.reader(io.StringIO(content.removeprefix("\ufeff")), strict=True)
    try:
        lines = [line for line in table if any(line)]
    except csv.Error as error:
        raise _not_valid([{"field": "", "code": "invalid", "detail": f"{error}."}]) from error
    if not lines or tuple(lines[0]) != COLUMNS:
        raise _not_valid([{"field": "", "code": "header", "detail": f"Begin with: {','.join(COLUMNS)}"}])
    if len(lines) > MAX_ROWS + 1:
        raise _not_valid([{"field": "", "code": "too_long", "detail": f"Import at most {MAX_ROWS} prices at once."}])
    errors: list[Mapping[str, str]] = []
    rows: list[dict[str, Any]] = []
    for index, line in enumerate(lines[1:]):
        if any(cell.strip() for cell in line[len(COLUMNS) :]):
            detail = f"There is more in this row than {','.join(COLUMNS)}."
            errors.append({"field": f"rows[{index}]", "code": "too_many_cells", "detail": detail})
            continue
        given = dict(zip(COLUMNS, (cell.strip() for cell in line), strict=False))
        form = PriceRow(data={**given, "valid_until": given.get("valid_until") or None})
        try:
            form.is_valid(raise_exception=True)
        except ValidationError as error:
            errors += [{**one, "field": f"rows[{index}].{one['field']}"} for one in validation_errors(error.detail)]
        else:
            rows.append(form.validated_data)
    if errors:
        raise _not_valid(errors)
    return rows


def _not_valid(errors: Sequence[Mapping[str, str]]) -> Invalid:
    return Invalid("price_list_not_valid", "Correct the rows named in errors. Nothing was imported.", errors=errors)


def _must_hold_for_a_day(valid_from: date, valid_until: date | None) -> None:
    if valid_until is not None and valid_until <= valid_from:
        raise Invalid("price_ends_before_it_begins", "Let it hold for a day at least.", field="valid_until")


def _save(row: PriceItem | Price) -> None:
    """What the database holds against it becomes a refusal that says what to do."""
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        match violated_constraint(error):
            case "one_price_item_per_code":
                raise Conflict("code_taken", "There is one with this code already. Choose another.") from error
            case "tickets_priceitem_part_id_key":
                raise Conflict("part_has_item", "This part stands in the price list already.") from error
            case "tickets_price_pkey" | "tickets_priceitem_pkey":
                raise id_taken() from error
            case constraint if constraint == NO_OVERLAP and isinstance(row, Price):
                raise _overlaps(row) from error
        raise


def _overlaps(price: Price) -> Conflict:
    others = Price.objects.filter(item=price.item_id, territory=price.territory_id).exclude(pk=price.pk)
    others = others.filter(Q(valid_until=None) | Q(valid_until__gt=price.valid_from))
    if price.valid_until is not None:
        others = others.filter(valid_from__lt=price.valid_until)
    other = others.first()
    return Conflict(
        "price_overlaps",
        "There is a price for some of these days already. End that one first.",
        price=other.pk if other else None,
    )
