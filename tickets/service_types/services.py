"""Commands on service types, and the check of the answers that a caller gives."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NotRequired, TypedDict
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.models import Skill
from accounts.people.access import require_administrator
from fieldsvc.errors import Conflict, Invalid
from parts.models import Part
from parts.quantities import check_quantity
from sync.commands import Actor, command
from sync.ids import uuid7
from sync.repeats import id_taken
from sync.violations import violated_constraint
from tickets.clock.configuration import go_by_another_policy
from tickets.clock.models import SlaPolicy
from tickets.prices.models import PriceItem
from tickets.service_types import access, forms
from tickets.service_types.models import ServiceType, ServiceTypePart


class CodedText(TypedDict):
    """A line of a checklist, or a way in which a repair ends."""

    code: str
    text: str
    text_zh: str


class LikelyPartData(TypedDict):
    """A part that is likely to be needed, and how much of it as a rule."""

    part_id: UUID
    quantity: NotRequired[Decimal | None]


def validate_details(service_type: ServiceType, details: Mapping[str, Any]) -> dict[str, Any]:
    """The answers to the service type's form, with what it fills in by itself, as they are stored (JSON values).

    Raises Invalid("details_not_valid") with an error per field, such as `details.phone` / `required`: see
    `forms.check_answers`.
    """
    return forms.check_answers(service_type.form, details, path="details")


@command
def create_service_type(
    *,
    actor: Actor,
    occurred_at: datetime,
    id: UUID | None = None,
    code: str,
    name: str,
    skills: Sequence[str] = (),
    likely_parts: Sequence[LikelyPartData] = (),
    **fields: Any,
) -> ServiceType:
    """A new kind of service. `skills` are codes, `likely_parts` in their order; the others are fields of the model.

    Raises Conflict("code_taken" | "id_taken"), Invalid("form_not_valid" | "skill_not_known" | "policy_not_known" |
    "code_twice" | "part_not_known" | "part_twice" | "quantity_not_valid").
    """
    require_administrator(actor)
    _check(fields)
    service_type = ServiceType(id=id or uuid7(), code=code, name=name, **fields)
    try:
        with transaction.atomic():
            service_type.save(force_insert=True)
    except IntegrityError as error:
        match violated_constraint(error):
            case "one_service_type_per_code":
                raise Conflict("code_taken", "There is one with this code already. Choose another code.") from error
            case "tickets_servicetype_pkey":
                raise id_taken() from error
        raise
    service_type.skills.set(_skills(skills))
    _set_likely_parts(service_type, likely_parts)
    return service_type


@command
def change_service_type(
    *,
    actor: Actor,
    occurred_at: datetime,
    service_type_id: UUID,
    skills: Sequence[str] | None = None,
    likely_parts: Sequence[LikelyPartData] | None = None,
    **changes: Any,
) -> ServiceType:
    """New values for some fields. Tickets that were opened with the former form stay as they are.

    With another policy, the open clocks of its tickets that went by the former one go by that. Raises
    Invalid("form_not_valid" | "skill_not_known" | "policy_not_known" | "code_twice" | "part_not_known" | "part_twice" |
    "quantity_not_valid").
    """
    service_type = access.service_type_to_change(actor, service_type_id)
    _check(changes)
    former = service_type.policy_id
    other_policy = "policy_id" in changes and changes["policy_id"] != former
    for field, value in changes.items():
        setattr(service_type, field, value)
    service_type.save(update_fields=list(changes))
    if skills is not None:
        service_type.skills.set(_skills(skills))
    if likely_parts is not None:
        _set_likely_parts(service_type, likely_parts)
    if other_policy:
        go_by_another_policy(service_type, former=former, at=occurred_at)
    return service_type


def _check(fields: Mapping[str, Any]) -> None:
    """What the serializer cannot see."""
    if "form" in fields:
        forms.check_form(fields["form"])
    for field in ("checklist", "resolution_codes"):
        _check_codes(fields.get(field, []), field)
    policy_id = fields.get("policy_id")
    if policy_id is not None and not SlaPolicy.objects.filter(pk=policy_id).exists():
        raise Invalid("policy_not_known", "Choose one of the policies.", field="policy_id")
    work_id = fields.get("paid_work_id")
    if work_id is not None and not PriceItem.objects.filter(pk=work_id, kind=PriceItem.Kind.SERVICE).exists():
        raise Invalid("item_unknown", "Choose work of the price list.", field="paid_work_id")


def _check_codes(rows: Sequence[CodedText], field: str) -> None:
    codes = [row["code"] for row in rows]
    for index, code in enumerate(codes):
        if code in codes[:index]:
            raise Invalid("code_twice", "Give each line a code of its own.", field=f"{field}[{index}].code")


def _skills(codes: Sequence[str]) -> list[Skill]:
    skills = {skill.code: skill for skill in Skill.objects.filter(code__in=codes)}
    for index, code in enumerate(codes):
        if code not in skills:
            raise Invalid("skill_not_known", f"There is no skill {code}.", field=f"skills[{index}]")
    return list(skills.values())


def _set_likely_parts(service_type: ServiceType, lines: Sequence[LikelyPartData]) -> None:
    """These and no others, in this order."""
    parts = Part.objects.in_bulk([line["part_id"] for line in lines])
    rows: dict[UUID, ServiceTypePart] = {}
    for position, line in enumerate(lines):
        part, quantity = parts.get(line["part_id"]), line.get("quantity")
        if part is None:
            raise Invalid(
                "part_not_known", "Choose a part of the catalogue.", field=f"likely_parts[{position}].part_id"
            )
        if part.pk in rows:
            raise Invalid("part_twice", "Name each part once.", field=f"likely_parts[{position}].part_id")
        if quantity is not None:
            check_quantity(part, quantity, field=f"likely_parts[{position}].quantity")
        rows[part.pk] = ServiceTypePart(service_type=service_type, part=part, position=position, quantity=quantity)
    service_type.likely_parts.all().delete()
    ServiceTypePart.objects.bulk_create(rows.values())
