"""Opening a ticket: what is known of a complaint while the customer is still talking, and what follows from it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.models import DESK, Role, User
from accounts.people.access import in_territories, require_role
from accounts.people.phones import phone_number
from fieldsvc.errors import Forbidden, Invalid
from fieldsvc.time import now
from sync.commands import Actor, command
from sync.conflicts.compare import plain
from sync.ids import uuid7
from sync.repeats import id_taken
from tickets.clock.services import start_clocks
from tickets.complaints import access
from tickets.complaints.models import Ticket, TicketEvent
from tickets.complaints.references import next_reference
from tickets.complaints.telling import tell_resident
from tickets.complaints.timeline import record_event
from tickets.duplicates.selectors import Report, failed_repairs
from tickets.outages.proposing import find_outage
from tickets.service_types.access import offered_service_type
from tickets.service_types.models import ServiceType
from tickets.service_types.services import validate_details
from tickets.sites.access import (
    asset_to_use,
    site_to_stay_at,
    site_to_use,
    territory_to_work_in,
    visible_accounts,
)
from tickets.sites.models import Asset, ServiceAccount, Site, bound_by
from tickets.sites.services import find_or_make_site, tidy
from tickets.visits.services import take_on_found

ANSWERS = {
    "contact_phone": ("phone",),
    "account_number": ("account",),
    "complex": ("complex", "hotel_name", "depot"),
    "address": ("address", "place"),
}
"""What a ticket has a place of its own for, and which answers of an intake form say it.

Whoever gives one need not give the other. `reported_at` is answered and given under the same name.
"""
DOORS: Mapping[tuple[Role, ...], tuple[Ticket.Source, ...]] = {
    DESK: (Ticket.Source.PHONE, Ticket.Source.APP, Ticket.Source.WEB, Ticket.Source.PATROL),
    (Role.RESIDENT,): (Ticket.Source.APP, Ticket.Source.WEB),
    (Role.TECHNICIAN,): (Ticket.Source.PATROL,),
}
"""By which sources complaints come through people with these roles; the first is meant where nothing is said."""
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
    asset_id: UUID | None = None,
    visit_id: UUID | None = None,
    latitude: float | None = None,
    longitude: float | None = None,
) -> Ticket:
    """Write a complaint down while the customer is talking. The reference number can be read out at once.

    The same id with the same content again is the same ticket. `resident_id` says whose ticket it is without acting
    for them; without it, it is whoever is helped, or the holder of the account. Residents open tickets for themselves.
    Technicians open what they find on patrol, at a site that they know or an address of their territory, and follow it
    from then on; with `visit_id` they take the repair on at once, by a visit of their own with that id. Latitude and
    longitude, both or neither, are those of a site that is made for the address; a known site keeps its own.

    Raises Invalid for what cannot be right (`service_type_unknown`, `details…` of the form, `phone_not_valid`,
    `reported_in_future`, `site_unknown`, `account_unknown`, `account_elsewhere`, `asset_unknown`, `asset_elsewhere`,
    `territory_required`, `contact_required`, `source_not_yours`), Conflict("id_taken") for an id that belongs to
    something else, Forbidden("role_required").
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
            # Only where they are given: the intake of older tickets has no word of them.
            **{
                name: given
                for name, given in (
                    ("asset_id", asset_id),
                    ("visit_id", visit_id),
                    ("latitude", latitude),
                    ("longitude", longitude),
                )
                if given is not None
            },
        }
    )
    if id is not None and (ticket := _opened_before(id, actor, intake)):
        return ticket
    source = _source(actor, source)
    on_patrol = source == Ticket.Source.PATROL and actor.user is not None and actor.user.has_role(Role.TECHNICIAN)
    if visit_id is not None and not on_patrol:
        raise Forbidden("role_required", "Who found it takes it on; the desk sends somebody.", roles=[Role.TECHNICIAN])
    kind = offered_service_type(service_type)
    asset = asset_to_use(actor, asset_id) if asset_id else None
    place = site_to_use(actor, site_id) if site_id else asset.site if asset else None
    given = {
        "contact_phone": contact_phone,
        "account_number": account_number,
        "complex": complex or (place.complex if place else ""),
        "address": address or (place.address if place else ""),
    }
    by_desk = not on_patrol and (actor.user is None or actor.user.has_role(*DESK))
    known = _known(actor, given, resident_id) if by_desk else given
    answers = _answers(kind, details, known, reported_at=reported_at or occurred_at)
    told = _told(kind, given, answers)

    reported = _reported_at(reported_at or _moment(answers.get("reported_at")) or occurred_at, actor)
    resident = None if on_patrol else _whose(actor, resident_id, by_desk)
    account = _account(actor, told["account_number"], by_desk=by_desk, on_patrol=on_patrol)
    if account_number and account is None:
        raise Invalid("account_unknown", "There is no account with this number.", field="account_number")
    site = _site(place, account, asset)
    roles = (Role.TECHNICIAN,) if on_patrol else DESK
    territory = site.territory if site else territory_to_work_in(actor, territory_id, *roles)
    # A technician who was sent somewhere else, for once, may find something there, too.
    if by_desk or (on_patrol and site is None):
        require_role(actor, *roles, territory_id=territory.pk)
    if not by_desk and (priority is not None or (on_patrol and resident_id is not None)):
        raise Forbidden("role_required", "The desk decides what is urgent, and whose it is.", roles=sorted(DESK))
    if site is None and (told["complex"] or told["address"]):
        site = find_or_make_site(
            territory,
            complex=told["complex"],
            address=told["address"],
            latitude=latitude,
            longitude=longitude,
        )
    if site is not None:
        site = site_to_stay_at(site)
        territory = site.territory
    if resident is None and account is not None:
        resident = account.holder
    phone = (
        phone_number(contact_phone, field="contact_phone") if contact_phone else _answered_phone(told["contact_phone"])
    )
    contact_name, phone = _contact(contact_name, phone, resident or (actor.user if on_patrol else None))

    ticket = Ticket(
        pk=id or uuid7(),
        reference=next_reference(),
        service_type=kind,
        priority=priority or kind.default_priority,
        source=source,
        territory=territory,
        site=site,
        account=account,
        asset=asset,
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
        responsible=actor.user if by_desk or on_patrol else None,
        reported_at=reported,
        received_at=actor.received_at,
        flags=[*actor.flags, *(["account_unknown"] if told["account_number"] and account is None else [])],
    )
    ticket.repeats = failed_repairs(Report.of(ticket)).first()
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
    if source != Ticket.Source.PLAN:  # whoever planned it says what is coming
        tell_resident(ticket, actor=actor, kind="ticket_received", once_for=event.pk, text=service)
    if visit_id is None and source != Ticket.Source.PLAN:
        find_outage(ticket, actor=actor, occurred_at=occurred_at)
    elif visit_id is not None:
        take_on_found(ticket, actor=actor, occurred_at=occurred_at, visit_id=visit_id)
    return ticket


def _source(actor: Actor, source: str) -> str:
    """How the complaint came: as it was said, if that is a door of theirs; without a word, by their usual one."""
    doors = [
        door for roles, doors in DOORS.items() if actor.user is None or actor.user.has_role(*roles) for door in doors
    ]
    if actor.user is None:
        doors.append(Ticket.Source.PLAN)
    if not doors:
        raise Forbidden("role_required", "Ask the desk to open this ticket.", roles=sorted(DESK))
    if source and source not in doors:
        raise Invalid("source_not_yours", "Say how it really came to us.", field="source", allowed=doors)
    return source or doors[0]


def _opened_before(ticket_id: UUID, actor: Actor, intake: Mapping[str, Any]) -> Ticket | None:
    """The ticket that these very words have opened already. Raises Conflict("id_taken") for any other with this id."""
    ticket = Ticket.objects.filter(pk=ticket_id).first()
    if ticket is None:
        return None
    opened = TicketEvent.objects.filter(ticket=ticket, kind="ticket_opened").first()
    same_person = actor.user is not None and ticket.opened_by_id == actor.user.pk
    if opened is None or not same_person or opened.data["intake"] != intake:
        raise id_taken()
    return ticket


def _known(actor: Actor, given: Mapping[str, str], resident_id: UUID | None) -> dict[str, str]:
    """What was given, and what the contract and the customer that an agent has found say where nothing was."""
    account = _account(actor, given["account_number"], by_desk=True, on_patrol=False)
    resident = _whose(actor, resident_id, True) or (account.holder if account else None)
    known = {
        "complex": account.site.complex if account else "",
        "address": account.site.address if account else "",
        "contact_phone": (resident.phone or "") if resident else "",
    }
    return {name: value or known.get(name, "") for name, value in given.items()}


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
            raise Forbidden("role_required", "Ask the desk to open this ticket.", roles=sorted(DESK))
        resident: User = actor.subject
        return resident
    if resident_id is not None:
        return access.resident_to_help(resident_id, field="resident_id")
    return actor.on_behalf_of  # type: ignore[no-any-return]


def _account(actor: Actor, number: str, *, by_desk: bool, on_patrol: bool) -> ServiceAccount | None:
    """The customer's contract, if it exists for the actor: a resident's own, or one of a territory of their desk.

    On patrol it is one of a ticket that they follow. A number that was only answered on the form may be wrong: that
    holds up nobody's complaint, and is flagged.
    """
    accounts = ServiceAccount.objects.select_related("site__territory", "holder").filter(number=number)
    if not number:
        return None
    if on_patrol:
        accounts = accounts.filter(pk__in=visible_accounts(actor.user, ever=actor.offline).values("pk"))
    elif not by_desk:
        accounts = accounts.filter(bound_by(actor.subject.pk))
    elif actor.user is not None:
        accounts = in_territories(accounts, actor.user, *DESK, field="site__territory_id")
    return accounts.first()


def _site(named: Site | None, account: ServiceAccount | None, asset: Asset | None) -> Site | None:
    """The site that was named, or else that of the account."""
    if named is None:
        return account.site if account else None
    if account is not None and account.site_id != named.pk:
        raise Invalid("account_elsewhere", "This account belongs to another site.", field="account_number")
    if asset is not None and asset.site_id != named.pk:
        raise Invalid("asset_elsewhere", "This equipment stands at another site.", field="asset_id")
    return named
