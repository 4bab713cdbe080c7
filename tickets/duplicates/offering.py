"""What the desk is offered while a fault is being reported: reads that decide nothing and hold up nobody."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from accounts.people.phones import phone_number
from fieldsvc.errors import Invalid
from sync.commands import Actor
from tickets.complaints.models import Ticket
from tickets.duplicates import access
from tickets.duplicates.selectors import MOST, Report, failed_repairs, possible_duplicates
from tickets.service_types.access import offered_service_type
from tickets.sites.access import asset_to_use, site_to_use, visible_accounts
from tickets.sites.services import tidy


def read_report(
    actor: Actor,
    *,
    occurred_at: datetime,
    service_type: str,
    fault: str = "",
    site_id: UUID | None = None,
    asset_id: UUID | None = None,
    account_number: str = "",
    complex: str = "",
    address: str = "",
    contact_phone: str = "",
    reported_at: datetime | None = None,
) -> Report:
    """What an agent has typed so far. A number that is no phone number yet, or no account, says nothing.

    Raises Invalid("service_type_unknown"), Invalid("asset_unknown"), Invalid("site_unknown").
    """
    kind = offered_service_type(service_type)
    asset = asset_to_use(actor, asset_id) if asset_id else None
    site = site_to_use(actor, site_id) if site_id else asset.site if asset else None
    if site is None and account_number:
        account = visible_accounts(actor.user).select_related("site").filter(number=account_number).first()
        site = account.site if account else None
    return Report(
        service_type=kind,
        reported_at=reported_at or occurred_at,
        fault=fault,
        site_id=site.pk if site else None,
        asset_id=asset_id,
        complex=tidy(complex) or (site.complex if site else ""),
        address=tidy(address) or (site.address if site else ""),
        phone=_phone(contact_phone),
    )


def _phone(typed: str) -> str:
    try:
        return phone_number(typed) if typed else ""
    except Invalid:
        return ""


def offered_duplicates(actor: Actor, report: Report) -> Iterable[Ticket]:
    """The newest possible duplicates among the tickets of this person's desk."""
    return access.of_own_desk(actor, possible_duplicates(report)).select_related("service_type")[:MOST]


def offered_repeat(actor: Actor, report: Report) -> Ticket | None:
    """The repair that seems to have failed, if it was one of this person's desk."""
    return access.of_own_desk(actor, failed_repairs(report)).select_related("service_type").first()
