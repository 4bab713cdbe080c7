"""Commands on locations."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.models import Territory, User
from accounts.people.models import Role
from accounts.people.selectors import people_with_role
from fieldsvc.errors import Conflict, Invalid
from parts.discrepancies.services import hand_over
from parts.locations import access
from parts.locations.models import Location
from sync import work
from sync.commands import Actor, command
from sync.ids import uuid7
from sync.repeats import id_taken
from sync.violations import violated_constraint


@command
def create_location(
    *,
    actor: Actor,
    occurred_at: datetime,
    id: UUID | None = None,
    code: str,
    name: str,
    name_zh: str = "",
    kind: str,
    territory_id: UUID | None = None,
    keeper_id: UUID | None = None,
) -> Location:
    """A new place for stock. A van may have a keeper: a technician of its territory, who has no other van.

    Raises Conflict("location_code_taken" | "keeper_has_van" | "customers_exist" | "id_taken"),
    Invalid("territory_not_known" | "territory_required" | "keeper_not_technician" | "keeper_without_van").
    """
    access.require_arranger(actor, territory_id)
    location = Location(
        id=id or uuid7(),
        code=code,
        name=name,
        name_zh=name_zh,
        kind=kind,
        territory_id=territory_id,
        keeper_id=keeper_id,
    )
    _check_people_and_place(location)
    _save(location, new=True)
    return location


@command
def change_location(*, actor: Actor, occurred_at: datetime, location_id: UUID, **changes: Any) -> Location:
    """New values for some of code, name, name_zh, territory_id, keeper_id, is_active. What kind it is stays.

    The new keeper's phone receives what is in the van, and the former one's forgets it; what is open there has to be
    found out by those who are in charge now. Raises what `create_location`
    raises, and Conflict("location_holds_stock") for closing a place that is not empty.
    """
    location = access.location_to_change(actor, location_id)
    if "territory_id" in changes:
        access.require_arranger(actor, changes["territory_id"])
    for field, value in changes.items():
        setattr(location, field, value)
    if changes.get("is_active") is False and location.balances.exclude(quantity=0).exists():
        raise Conflict("location_holds_stock", "Move its stock elsewhere before you close it.")
    if not changes.keys().isdisjoint({"territory_id", "keeper_id"}):
        _check_people_and_place(location)
    if changes:
        _save(location, fields=list(changes))
    if not changes.keys().isdisjoint({"territory_id", "keeper_id"}):
        hand_over(location, actor=actor)
    return location


def customer_location() -> Location:
    """The place where everything is that was fitted, made when it is first asked for. Part of commands."""

    def made() -> Location:
        names = {"code": "CUSTOMER", "name": "Customers", "name_zh": "客户处"}
        return Location.objects.get_or_create(kind=Location.Kind.CUSTOMER, defaults=names)[0]

    return work.remembered("customer location", made)


def make_carried(technician: User, territory_id: UUID) -> Location:
    """A van in the books for what a technician without one carries. Part of commands that have to book it somewhere.

    The storekeeper gives it a proper name, or moves what is in it to the technician's real van and closes it.
    """
    return Location.objects.create(
        code=f"CARRIED-{uuid7().hex[-8:].upper()}",
        name=f"Carried by {technician}"[:120],
        name_zh=f"{technician}随身携带"[:120],
        kind=Location.Kind.VAN,
        territory_id=territory_id,
        keeper=technician,
    )


def transit_location(source: Location, target: Location) -> Location:
    """Where parts are that were sent and have not arrived, made when it is first asked for. Part of commands.

    Each territory has one of its own. The sender's counts, else the receiver's.
    """
    territory = source.territory or target.territory
    code = f"TRANSIT-{territory.code}"[:40] if territory else "TRANSIT"
    location, _ = Location.objects.get_or_create(
        code=code,
        kind=Location.Kind.IN_TRANSIT,
        defaults={"name": "On the way", "name_zh": "在途", "territory": territory},
    )
    return location


def _check_people_and_place(location: Location) -> None:
    if location.territory_id and not Territory.objects.filter(pk=location.territory_id).exists():
        raise Invalid("territory_not_known", "Choose one of the territories.", field="territory_id")
    if location.keeper_id:
        technicians = people_with_role(Role.TECHNICIAN, location.territory_id)
        if not technicians.filter(pk=location.keeper_id).exists():
            raise Invalid("keeper_not_technician", "Choose a technician of the van's territory.", field="keeper_id")


def _save(location: Location, *, new: bool = False, fields: Collection[str] | None = None) -> None:
    """Write the row. What the database holds against it becomes a refusal that says what to do."""
    try:
        with transaction.atomic():
            location.save(force_insert=new, update_fields=fields)
    except IntegrityError as error:
        match violated_constraint(error):
            case "one_location_per_code":
                raise Conflict("location_code_taken", "There is a place with this code. Choose another.") from error
            case "one_van_per_keeper":
                raise Conflict("keeper_has_van", "This technician has a van. Take that one from them first.") from error
            case "one_customer_location":
                raise Conflict("customers_exist", "All customers together are one place, which exists.") from error
            case "parts_location_pkey":
                raise id_taken() from error
            case "location_keeper_has_a_van":
                raise Invalid("keeper_without_van", "Only vans have keepers.", field="keeper_id") from error
            case "location_in_a_territory":
                raise Invalid(
                    "territory_required", "A depot or a van belongs to a territory.", field="territory_id"
                ) from error
        raise
