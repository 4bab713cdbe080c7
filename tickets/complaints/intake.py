"""Opening a ticket: what is known of a complaint while the customer is still talking, and what follows from it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.models import Role, Territory, User
from accounts.people.access import in_territories, require_role, territories
from accounts.people.phones import phone_number
from fieldsvc.errors import Conflict, Forbidden, Invalid
from fieldsvc.time import now
from sync.commands import Actor, command
from sync.conflicts.compare import plain
from sync.ids import uuid7
from tickets.clock.services import start_clocks
from tickets.complaints import access
from tickets.complaints.models import Ticket, TicketEvent
from tickets.complaints.references import next_reference
from tickets.complaints.telling import tell_resident
from tickets.complaints.timeline import record_event
from tickets.service_types.models import ServiceType
from tickets.service_types.services import validate_details
from tickets.sites.access import active_territory, site_to_use
from tickets.sites.models import ServiceAccount, Site
from tickets.sites.services import find_or_make_site, tidy

ANSWERS = {
    "contact_phone": ("phone",),
    "account_number": ("account",),
    "complex": ("complex", "hotel_name", "depot"),
    "address": ("address", "place"),
}
"""What a ticket has a place of its own for, and which answers of an intake form say it.

Whoever gives one need not give the other. `reported_at` is answered and given under the same name.
"""
LONGEST = {"contact_phone": 32, "account_number": 40, "complex": 200, "address": 300}
"""Characters that there is room for; a form may allow longer answers, which `details` keeps."""


@command
def open_ticket(
    *,
    actor: Actor,
    occurred_at: datetime,
    service_type: str,
    details: Mapping[str, Any],
    id: UUID | None = None,
    contact_name: str = "",
    contact_phone: str = "",
    site_id: UUID | None = None,
    complex: str = "",
    address: str = "",
    account_number: str = "",
    title: str = "",
    access_notes: str = "",
    territory_id: UUID | None = None,
    reported_at: datetime | None = None,
    priority: int | None = None,
    source: str = "",
    resident_id: UUID | None = None,
) -> Ticket:
    """Write a complaint down while the customer is talking. The reference number can be read out at once.

    The same id with the same content again is the same ticket. `resident_id` says whose ticket it is without acting
    for them; without it, it is whoever is helped, or the holder of the account. Residents open tickets for themselves.

    Raises Invalid for what cannot be right (`service_type_unknown`, `details…` of the form, `phone_not_valid`,
    `reported_in_future`, `site_unknown`, `account_unknown`, `account_elsewhere`, `territory_required`,
    `contact_required`), Conflict("id_taken") for an id that belongs to another ticket, Forbidden("role_required").
    """
    intake = plain(
        {
            "service_type": service_type,
            "details": dict(details),
            "contact_name": contact_name,
            "contact_phone": contact_phone,
            "site_id": site_id,
            "complex": complex,
            "address": address,
            "account_number": account_number,
            "title": title,
            "access_notes": access_notes,
            "territory_id": territory_id,
            "reported_at": reported_at,
            "priority": priority,
            "source": source,
            "resident_id": resident_id,
            "on_behalf_of": actor.on_behalf_of and actor.on_behalf_of.pk,
        }
    )
    if id is not None and (ticket := _opened_before(id, actor, intake)):
        return ticket
    kind = _service_type(service_type)
    given = {"contact_phone": contact_phone, "account_number": account_number, "complex": complex, "address": address}
    answers = _answers(kind, details, given, reported_at=reported_at or occurred_at)
    told = _told(kind, given, answers)
    by_desk = actor.user is None or actor.user.has_role(*access.DESK)

    reported = _reported_at(reported_at or _moment(answers.get("reported_at")) or occurred_at, actor)
    resident = _whose(actor, resident_id, by_desk)
    account = _account(actor, told["account_number"], by_desk) if told["account_number"] else None
    if account_number and account is None:
        raise Invalid("account_unknown", "There is no account with this number.", field="account_number")
    site = _site(actor, site_id, account)
    territory = site.territory if site else _territory(actor, territory_id)
    if by_desk:
        require_role(actor, *access.DESK, territory_id=territory.pk)
    elif priority is not None:
        raise Forbidden("role_required", "The desk decides what is urgent.", roles=sorted(access.DESK))
    if site is None and (told["complex"] or told["address"]):
        site = find_or_make_site(territory, complex=told["complex"], address=told["address"])
    if resident is None and account is not None:
        resident = account.holder
    phone = (
        phone_number(contact_phone, field="contact_phone") if contact_phone else _answered_phone(told["contact_phone"])
    )
    contact_name, phone = _contact(contact_name, phone, resident)

    ticket = Ticket(
        pk=id or uuid7(),
        reference=next_reference(),
        service_type=kind,
        priority=priority or kind.default_priority,
        source=source or (Ticket.Source.PHONE if by_desk else Ticket.Source.APP),
        territory=territory,
        site=site,
        account=account,
        complex=told["complex"] or (site.complex if site else ""),
        address=told["address"] or (site.address if site else ""),
        title=title or kind.name,
        details=plain(answers),
        contact_name=contact_name,
        contact_phone=phone,
        access_notes=access_notes,
        resident=resident,
        opened_by=actor.user,
        on_behalf_of=actor.on_behalf_of,
        responsible=actor.user if by_desk else None,
        reported_at=reported,
        received_at=actor.received_at,
        flags=[*actor.flags, *(["account_unknown"] if told["account_number"] and account is None else [])],
    )
    try:
        with transaction.atomic():
            ticket.save(force_insert=True)
    except IntegrityError:
        # The same request, twice at the same moment: the other one was quicker.
        if id is not None and (before := _opened_before(id, actor, intake)):
            return before
        raise
    start_clocks(ticket, at=reported)
    data = {"reference": ticket.reference, "intake": intake}
    event = record_event(ticket, actor=actor, occurred_at=occurred_at, kind="ticket_opened", public=True, data=data)
    service = {"service": kind.name, "service_zh": kind.name_zh or kind.name}
    tell_resident(ticket, actor=actor, kind="ticket_received", once_for=event.pk, text=service)
    return ticket


def _opened_before(ticket_id: UUID, actor: Actor, intake: Mapping[str, Any]) -> Ticket | None:
    """The ticket that these very words have opened already. Raises Conflict("id_taken") for any other with this id."""
    ticket = Ticket.objects.filter(pk=ticket_id).first()
    if ticket is None:
        return None
    opened = TicketEvent.objects.filter(ticket=ticket, kind="ticket_opened").first()
    same_person = actor.user is not None and ticket.opened_by_id == actor.user.pk
    if opened is None or not same_person or opened.data["intake"] != intake:
        raise Conflict("id_taken", "This id belongs to another ticket. Make a new one.")
    return ticket


def _service_type(code: str) -> ServiceType:
    service_type = ServiceType.objects.filter(code=code, is_active=True).first()
    if service_type is None:
        raise Invalid("service_type_unknown", "Choose one of the service types on offer.", field="service_type")
    return service_type


def _answers(
    service_type: ServiceType, details: Mapping[str, Any], given: Mapping[str, str], *, reported_at: datetime
) -> dict[str, Any]:
    """The answers to the form, with what was given beside it filled in where the form asks for it."""
    asked = service_type.form.get("properties", {})
    filled = {name: value for column, value in given.items() for name in ANSWERS[column] if name in asked and value}
    if "reported_at" in asked:
        filled["reported_at"] = reported_at.isoformat()
    return validate_details(service_type, {**filled, **details})


def _told(service_type: ServiceType, given: Mapping[str, str], answers: Mapping[str, Any]) -> dict[str, str]:
    """What was given for the ticket itself, with the form's answers where nothing was.

    Only what the form asks for is an answer: other details are whatever a client chose to send.
    """
    asked = service_type.form.get("properties", {})
    told: dict[str, str] = {}
    for column, value in given.items():
        answered = (str(answers[name]) for name in ANSWERS[column] if name in asked and answers.get(name))
        told[column] = tidy(value or next(answered, ""))[: LONGEST[column]]
    return told


def _moment(answer: object) -> datetime | None:
    """The moment that an answer of a form states, if it is one."""
    try:
        moment = datetime.fromisoformat(str(answer))
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _reported_at(moment: datetime, actor: Actor) -> datetime:
    """When the customer said it. A phone whose clock is ahead is corrected; anybody else is told."""
    if moment <= now():
        return moment
    if actor.offline:
        return actor.received_at
    raise Invalid("reported_in_future", "Nobody can have reported it later than now.", field="reported_at")


def _contact(name: str, phone: str, resident: User | None) -> tuple[str, str]:
    """Whom to ask: whoever was named, else the resident. Raises Invalid("contact_required") if that is nobody."""
    if resident is not None:
        name, phone = name or resident.name, phone or resident.phone or ""
    if not (name or phone):
        raise Invalid("contact_required", "Say whom we can ask: a phone number or a name.", field="contact_phone")
    return name, phone


def _answered_phone(answer: str) -> str:
    """A number as the form took it: in the usual form if it can be, else (with an extension) as it was written."""
    try:
        return phone_number(answer)
    except Invalid:
        return answer


def _whose(actor: Actor, resident_id: UUID | None, by_desk: bool) -> User | None:
    """Whose ticket it is, as far as that was said."""
    if not by_desk:
        if not actor.subject.has_role(Role.RESIDENT) or resident_id not in (None, actor.subject.pk):
            raise Forbidden("role_required", "Ask the desk to open this ticket.", roles=sorted(access.DESK))
        resident: User = actor.subject
        return resident
    if resident_id is not None:
        return access.resident_to_help(resident_id, field="resident_id")
    return actor.on_behalf_of  # type: ignore[no-any-return]


def _account(actor: Actor, number: str, by_desk: bool) -> ServiceAccount | None:
    """The customer's contract, if it exists for the actor: a resident's own, or one of a territory of their desk.

    A number that was only answered on the form may be wrong: that holds up nobody's complaint, and is flagged.
    """
    accounts = ServiceAccount.objects.select_related("site__territory", "holder").filter(number=number)
    if not by_desk:
        accounts = accounts.filter(holder=actor.subject)
    elif actor.user is not None:
        accounts = in_territories(accounts, actor.user, *access.DESK, field="site__territory_id")
    return accounts.first()


def _site(actor: Actor, site_id: UUID | None, account: ServiceAccount | None) -> Site | None:
    """The site that was named, or that of the account."""
    if site_id is None:
        return account.site if account else None
    site = site_to_use(actor, site_id)
    if account is not None and account.site_id != site.pk:
        raise Invalid("account_elsewhere", "This account belongs to another site.", field="account_number")
    return site


def _territory(actor: Actor, territory_id: UUID | None) -> Territory:
    """Which desk it is for: as it was said, else the only one that is possible."""
    if territory_id is not None:
        return active_territory(territory_id)
    possible = Territory.objects.filter(is_active=True)
    places = territories(actor.user, *access.DESK) if actor.user is not None else None
    if places:
        possible = possible.filter(pk__in=places)
    candidates = list(possible[:2])
    if len(candidates) != 1:
        raise Invalid("territory_required", "Say in which territory it is.", field="territory_id")
    return candidates[0]
