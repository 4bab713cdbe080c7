"""Commands on sites, accounts and assets."""

from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet, Value
from django.db.models.functions import Lower

from accounts.models import Role, Territory, User
from accounts.people.access import require_role
from accounts.people.phones import phone_number
from fieldsvc.errors import Conflict, Invalid
from sync.commands import Actor, command
from sync.ids import uuid7
from sync.repeats import id_taken
from sync.violations import violated_constraint
from tickets.sites import access
from tickets.sites.models import Asset, ServiceAccount, Site


def find_or_make_site(
    territory: Territory,
    *,
    complex: str = "",
    address: str = "",
    latitude: float | None = None,
    longitude: float | None = None,
) -> Site:
    """The site of this address in this complex, whatever the case and spacing; made, at this position, if it is new.

    Two callers from one new address at the same moment get one site.
    """
    site = Site(
        territory=territory, complex=tidy(complex), address=tidy(address), latitude=latitude, longitude=longitude
    )
    standing = _at_the_address_of(site)
    if known := standing.first():
        return known
    try:
        with transaction.atomic():
            site.save(force_insert=True)
    except IntegrityError:
        return standing.get()
    return site


def _at_the_address_of(site: Site) -> QuerySet[Site]:
    """PostgreSQL compares as its unique constraint does; Python's small letters are not always the same."""
    return Site.objects.alias(plain_complex=Lower("complex"), plain_address=Lower("address")).filter(
        territory=site.territory, plain_complex=Lower(Value(site.complex)), plain_address=Lower(Value(site.address))
    )


def tidy(text: str) -> str:
    """One space between words, none around them."""
    return " ".join(text.split())


@command
def add_site(*, actor: Actor, occurred_at: datetime, territory_id: UUID, id: UUID | None = None, **fields: Any) -> Site:
    """Enter a site before anybody complained about it. Raises Conflict("site_exists") for an address that has one."""
    require_role(actor, *access.WRITERS, territory_id=territory_id)
    site = Site(pk=id or uuid7(), territory=access.active_territory(territory_id), **_tidied(fields))
    _check_place(site)
    save_or_refuse(site, force_insert=True)
    return site


@command
def edit_site(*, actor: Actor, occurred_at: datetime, site_id: UUID, **changes: Any) -> Site:
    """Correct what is known of a site. Raises Conflict("site_exists") if another one has this address."""
    site = access.site_to_change(actor, site_id)
    for name, value in _tidied(changes).items():
        setattr(site, name, value)
    _check_place(site)
    save_or_refuse(site, update_fields=sorted(changes))
    return site


def _tidied(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: tidy(value) if name in ("name", "complex", "address") else value for name, value in fields.items()}


def _check_place(site: Site) -> None:
    if not site.address and not site.complex:
        raise Invalid("address_required", "Give the address or the complex.", field="address")
    if (site.latitude is None) != (site.longitude is None):
        raise Invalid("position_incomplete", "Give latitude and longitude, or neither.", field="latitude")


def save_or_refuse(row: Site | ServiceAccount | Asset, **how: Any) -> None:
    """Save, or say which rule of the database stands against it. Part of commands."""
    try:
        with transaction.atomic():
            row.save(**how)
    except IntegrityError as error:
        match violated_constraint(error):
            case "one_site_per_address":
                twin = _at_the_address_of(cast(Site, row)).values_list("pk", flat=True).first()
                raise Conflict("site_exists", "There is a site with this address already.", site=twin) from None
            case "one_account_per_number":
                raise Conflict("account_exists", "There is an account with this number already.") from None
            case "one_asset_per_serial":
                raise Conflict("asset_exists", "This model and serial stand somewhere already.") from None
            case "tickets_site_pkey" | "tickets_serviceaccount_pkey" | "tickets_asset_pkey":
                raise id_taken() from None
        raise


@command
def add_account(
    *,
    actor: Actor,
    occurred_at: datetime,
    number: str,
    site_id: UUID,
    id: UUID | None = None,
    holder_id: UUID | None = None,
    holder_name: str = "",
    phone: str = "",
    customer_class: str = "",
    contract_until: date | None = None,
) -> ServiceAccount:
    """Enter a customer's contract. Raises Conflict("account_exists") for a number that is taken."""
    site = access.site_to_use(actor, site_id)
    require_role(actor, *access.WRITERS, territory_id=site.territory_id)
    account = ServiceAccount(
        pk=id or uuid7(),
        number=number.strip(),
        site=site,
        holder=_holder(holder_id),
        holder_name=holder_name,
        phone=phone and phone_number(phone),
        customer_class=customer_class,
        contract_until=contract_until,
    )
    save_or_refuse(account, force_insert=True)
    return account


@command
def edit_account(*, actor: Actor, occurred_at: datetime, account_id: UUID, **changes: Any) -> ServiceAccount:
    """Correct a contract; number and holder stay. A move to another site keeps the old tickets where they were."""
    account = access.account_to_change(actor, account_id)
    if "site_id" in changes:
        site = access.site_to_use(actor, changes["site_id"])
        require_role(actor, *access.WRITERS, territory_id=site.territory_id)
    if changes.get("phone"):
        changes["phone"] = phone_number(changes["phone"])
    for name, value in changes.items():
        setattr(account, name, value)
    save_or_refuse(account, update_fields=[name.removesuffix("_id") for name in sorted(changes)])
    return account


def _holder(holder_id: UUID | None) -> User | None:
    """Raises Invalid("resident_unknown") for anybody who is not a resident."""
    if holder_id is None:
        return None
    holder = User.objects.filter(pk=holder_id, role_grants__role=Role.RESIDENT, is_active=True).first()
    if holder is None:
        raise Invalid("resident_unknown", "Choose a registered resident.", field="holder_id")
    return holder


@command
def add_asset(
    *,
    actor: Actor,
    occurred_at: datetime,
    site_id: UUID,
    kind: str,
    id: UUID | None = None,
    account_id: UUID | None = None,
    model: str = "",
    serial: str = "",
    installed_on: date | None = None,
    removed_on: date | None = None,
) -> Asset:
    """Enter a piece of equipment. Raises Conflict("asset_exists") for a model and serial that stand somewhere."""
    site = access.site_to_use(actor, site_id)
    require_role(actor, *access.WRITERS, territory_id=site.territory_id)
    asset = Asset(
        pk=id or uuid7(),
        site=site,
        account=_account_at(site, account_id),
        kind=kind,
        model=model,
        serial=serial.strip(),
        installed_on=installed_on,
        removed_on=removed_on,
    )
    save_or_refuse(asset, force_insert=True)
    return asset


@command
def edit_asset(*, actor: Actor, occurred_at: datetime, asset_id: UUID, **changes: Any) -> Asset:
    """Correct what is known of a piece of equipment, where it stands included."""
    asset = access.asset_to_change(actor, asset_id)
    if "site_id" in changes:
        asset.site = access.site_to_use(actor, changes["site_id"])
        require_role(actor, *access.WRITERS, territory_id=asset.site.territory_id)
    for name, value in changes.items():
        setattr(asset, name, value)
    _account_at(asset.site, asset.account_id)
    save_or_refuse(asset, update_fields=[name.removesuffix("_id") for name in sorted(changes)])
    return asset


def _account_at(site: Site, account_id: UUID | None) -> ServiceAccount | None:
    """Raises Invalid("account_elsewhere") for an account of another site."""
    if account_id is None:
        return None
    account = ServiceAccount.objects.filter(pk=account_id, site=site).first()
    if account is None:
        raise Invalid("account_elsewhere", "Choose an account of this site.", field="account_id")
    return account
