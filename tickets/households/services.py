"""Commands of residents on their service accounts, and of the desk in their name."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.checks import must_have_passed
from accounts.models import Role, User
from accounts.people.access import require_role
from accounts.people.phones import phone_number
from accounts.people.selectors import people_with_role
from accounts.signin import codes, limits
from fieldsvc.errors import Conflict, Forbidden, Invalid, TooMany
from notifications.services import notify, send_code
from sync.commands import Actor, command
from sync.ids import uuid7
from sync.repeats import id_taken
from sync.violations import violated_constraint
from tickets.complaints.access import lock_tickets, resident_to_help, visible_tickets
from tickets.complaints.models import Ticket
from tickets.complaints.moving import relocate_ticket
from tickets.households import access
from tickets.households.models import AccountEvent, AccountOffer, BindingCode
from tickets.sites.access import site_to_stay_at, territory_to_work_in
from tickets.sites.models import Asset, ServiceAccount, Site
from tickets.sites.services import find_or_make_site, tidy

Kind = AccountEvent.Kind
Status = AccountOffer.Status

HOUR = timedelta(hours=1)
CODES_PER_PERSON = limits.Limit(10, HOUR)
CODES_PER_NUMBER = limits.Limit(5, HOUR)
REFUSED_PER_PERSON = limits.Limit(10, HOUR)
LARGEST_HOUSEHOLD = 20
OFFER_LASTS = timedelta(days=14)


# Binding


@command
def request_binding_code(*, actor: Actor, occurred_at: datetime, number: str) -> None:
    """A resident says that this account is theirs: whoever has the phone on its record is sent a code.

    The answer and its limits are the same for every number, so that nobody learns which there are. Nothing is sent
    where no phone is on record, or to somebody who has bound it already. Raises Forbidden("role_required"),
    TooMany("too_many_codes").
    """
    require_role(actor, Role.RESIDENT)
    number = number.strip()
    by_person, by_number = f"binding code by {actor.user.pk}", f"binding code for {number}"
    seconds = limits.wait(by_person, CODES_PER_PERSON, at=occurred_at) or limits.wait(
        by_number, limits.Limit(1, codes.RESEND_AFTER), CODES_PER_NUMBER, at=occurred_at
    )
    if seconds:
        raise TooMany("too_many_codes", f"Ask for another code in {seconds} seconds.", retry_after=seconds)
    limits.count(by_person, at=occurred_at)
    limits.count(by_number, at=occurred_at)
    code = codes.new_code()
    BindingCode.objects.update_or_create(
        person=actor.user,
        number=number,
        defaults={
            "digest": codes.digest(_key(actor, number), code),
            "expires_at": occurred_at + codes.VALID_FOR,
            "attempts": 0,
        },
    )
    account = ServiceAccount.objects.filter(number=number).first()
    if account is not None and account.phone and actor.user.pk not in account.residents:
        send_code(account.phone, code, actor.user.language, purpose="binding")


def bind_account(*, actor: Actor, occurred_at: datetime, number: str, code: str) -> ServiceAccount:
    """They know the code: the account is theirs. Where it has a holder, they are of the household from now on.

    Raises Invalid("binding_code_not_accepted") alike for a wrong, used, expired or never sent code and for a number
    that no account has; TooMany("too_many_attempts"), Conflict("household_full"), Forbidden("role_required").
    """
    account = _redeem(actor=actor, occurred_at=occurred_at, number=number.strip(), code=code)
    if account is None:  # said only now, as the attempt has to be counted
        raise Invalid("binding_code_not_accepted", "Check number and code, or ask for a new code.", field="code")
    return account


@command
def _redeem(*, actor: Actor, occurred_at: datetime, number: str, code: str) -> ServiceAccount | None:
    require_role(actor, Role.RESIDENT)
    refused = f"binding refused {actor.user.pk}"
    if seconds := limits.wait(refused, REFUSED_PER_PERSON, at=occurred_at):
        raise TooMany("too_many_attempts", f"Try again in {seconds} seconds.", retry_after=seconds)
    account = ServiceAccount.objects.select_for_update().filter(number=number).first()
    kept = (
        BindingCode.objects.select_for_update()
        .filter(person=actor.user, number=number, expires_at__gt=occurred_at, attempts__lt=codes.MOST_ATTEMPTS)
        .first()
    )
    right = codes.matches(_key(actor, number), code, kept.digest if kept else "")
    if kept is None or account is None or not right:
        if kept is not None:
            kept.attempts += 1
            kept.save(update_fields=["attempts"])
        limits.count(refused, at=occurred_at)
        return None
    kept.delete()
    _bind(account, actor.user, actor=actor, occurred_at=occurred_at, data={"how": "code"})
    return account


@command
def forget_codes(*, actor: Actor, occurred_at: datetime) -> int:
    """Those whose time is over; returns how many."""
    return BindingCode.objects.filter(expires_at__lte=occurred_at).delete()[0]


def _key(actor: Actor, number: str) -> str:
    """What the code is for: no code of signing in is good here, nor the other way round."""
    return f"binding {actor.user.pk} {number}"


@command
def bind_by_desk(
    *, actor: Actor, occurred_at: datetime, account_id: UUID, person_id: UUID, checks: Sequence[Mapping[str, Any]]
) -> ServiceAccount:
    """No phone is on record, or nobody has it any more: an agent has asked who they are, and binds it for them.

    Raises NotFound, Forbidden("role_required"), Invalid("resident_unknown" | "checks_not_passed"),
    Conflict("household_full").
    """
    account = access.account_of_desk(actor, account_id)
    person = resident_to_help(person_id, field="person_id")
    data = {"how": "desk", "checks": must_have_passed(checks)}
    _bind(account, person, actor=actor, occurred_at=occurred_at, data=data)
    return account


def _bind(
    account: ServiceAccount, person: User, *, actor: Actor, occurred_at: datetime, data: Mapping[str, Any]
) -> None:
    if person.pk in account.residents:
        return
    kind = Kind.JOINED if account.holder_id else Kind.BOUND
    if kind == Kind.BOUND:
        account.holder = person
    elif len(account.household) < LARGEST_HOUSEHOLD:
        account.household = [*account.household, person.pk]
    else:
        raise Conflict("household_full", "So many have bound this account that somebody has to leave it first.")
    account.save(update_fields=["holder", "household"])
    event = _record(account, kind, actor=actor, occurred_at=occurred_at, person=person, data=data)
    if kind == Kind.JOINED:
        _tell([account.holder], event, "account_joined", {"person": str(person)}, actor=actor)


@command
def leave_account(
    *, actor: Actor, occurred_at: datetime, account_id: UUID, person_id: UUID | None = None
) -> ServiceAccount:
    """Somebody gives an account up: for oneself, or the holder for one of the household, or the desk for anybody.

    When the holder leaves, the household stays, and whoever binds it next is the holder. Who has not bound it has left
    already. Raises NotFound, Forbidden("not_your_account").
    """
    account = access.account_of_household(actor, account_id)
    person_id = person_id or actor.user.pk
    if person_id != actor.user.pk:
        account = access.account_of_holder(actor, account_id)
    if person_id not in account.residents:
        return account
    if person_id == account.holder_id:
        account.holder = None
    else:
        account.household = [member for member in account.household if member != person_id]
    account.save(update_fields=["holder", "household"])
    person = User.objects.get(pk=person_id)
    event = _record(account, Kind.LEFT, actor=actor, occurred_at=occurred_at, person=person)
    _tell([person], event, "account_left", {}, actor=actor)
    return account


# Moving house


@command
def move_account(
    *,
    actor: Actor,
    occurred_at: datetime,
    account_id: UUID,
    complex: str = "",
    address: str = "",
    territory_id: UUID | None = None,
    ticket_ids: Sequence[UUID] = (),
    asset_ids: Sequence[UUID] = (),
) -> ServiceAccount:
    """The customer lives elsewhere now, perhaps in another territory. The account goes with its whole history.

    Open tickets stay with the old place, unless somebody who sees them names them: what is broken there is broken for
    the next tenant, too. Equipment stays there, and is the account's no more, unless it is named. The new desk hears
    of it. At that address already, nothing changes.

    Raises NotFound, Forbidden("not_your_account"), Invalid (`address_required`, `territory_unknown`,
    `territory_required`, `ticket_unknown`, `asset_unknown`).
    """
    access.account_to_see(actor, account_id)
    # Tickets first, then accounts.
    seen = visible_tickets(actor.user).filter(pk__in=ticket_ids, account=account_id, status__in=Ticket.OPEN)
    tickets = lock_tickets(Ticket.objects.filter(pk__in=seen.values("pk")))
    if len(tickets) != len(set(ticket_ids)):
        raise Invalid("ticket_unknown", "Choose open tickets of this account.", field="ticket_ids")
    account = access.account_of_holder(actor, account_id)
    site, former = _new_home(actor, account, complex, address, territory_id), account.site
    if site == former:
        return account
    assets = list(Asset.objects.select_for_update().filter(account=account).order_by("pk"))
    if set(asset_ids) - {asset.pk for asset in assets}:
        raise Invalid("asset_unknown", "Choose equipment of this account.", field="asset_ids")
    account.site = site
    account.save(update_fields=["site"])
    for asset in assets:
        if asset.pk in asset_ids:
            asset.site = site
        else:
            asset.account = None
        asset.save(update_fields=["site", "account"])
    for ticket in tickets:
        relocate_ticket(ticket, site, actor=actor, occurred_at=occurred_at, reason=f"{former} → {site}")
    data = {
        "from": str(former),
        "from_site": former.pk,
        "from_territory": former.territory.code,
        "to": str(site),
        "to_site": site.pk,
        "to_territory": site.territory.code,
        "tickets": [ticket.reference for ticket in tickets],
        "assets": [str(asset) for asset in assets if asset.pk in asset_ids],
        "left_assets": [str(asset) for asset in assets if asset.pk not in asset_ids],
    }
    event = _record(account, Kind.MOVED, actor=actor, occurred_at=occurred_at, data=data)
    told = {"from": str(former), "to": str(site)}
    _tell([account.holder], event, "account_moved", told, actor=actor)
    if site.territory_id != former.territory_id:
        _tell(people_with_role(Role.DISPATCHER, site.territory_id), event, "account_moved", told, actor=actor)
    return account


def _new_home(actor: Actor, account: ServiceAccount, complex: str, address: str, territory_id: UUID | None) -> Site:
    if not tidy(complex) and not tidy(address):
        raise Invalid("address_required", "Give the address or the complex.", field="address")
    territory = territory_to_work_in(actor, territory_id)
    return site_to_stay_at(find_or_make_site(territory, complex=complex, address=address))


# Another holder


@command
def offer_account(
    *, actor: Actor, occurred_at: datetime, account_id: UUID, phone: str, id: UUID | None = None
) -> AccountOffer:
    """The holder wants somebody else to have the account: whoever signs in with this phone may accept it in 14 days.

    Raises NotFound, Forbidden("not_your_account"), Invalid("phone_not_valid" | "offer_to_oneself"),
    Conflict("offer_open") while another offer is open, Conflict("id_taken").
    """
    account = access.account_of_holder(actor, account_id)
    if account.holder_id != actor.user.pk:
        raise Forbidden("not_your_account", "Only its holder offers it. The desk hands it over, after checks.")
    number = phone_number(phone)
    if number == actor.user.phone:
        raise Invalid("offer_to_oneself", "Name the phone of whoever is to have it.", field="phone")
    AccountOffer.objects.filter(account=account, status=Status.OPEN, expires_at__lte=occurred_at).update(
        status=Status.WITHDRAWN, decided_at=occurred_at
    )
    offer = AccountOffer(
        id=id or uuid7(),
        account=account,
        offered_by=actor.user,
        phone=number,
        offered_at=occurred_at,
        expires_at=occurred_at + OFFER_LASTS,
    )
    try:
        with transaction.atomic():
            offer.save(force_insert=True)
    except IntegrityError as error:
        match violated_constraint(error):
            case "one_open_offer_per_account":
                raise Conflict("offer_open", "It is offered to somebody already. Withdraw that first.") from error
            case "tickets_accountoffer_pkey":
                raise id_taken() from error
        raise
    event = _record(account, Kind.OFFERED, actor=actor, occurred_at=occurred_at, data={"offer": offer.pk})
    invited = User.objects.filter(phone=number, is_active=True)
    subject = ("account_offers", offer.pk)
    _tell(list(invited), event, "account_offered", {"person": str(actor.user)}, actor=actor, subject=subject)
    return offer


@command
def accept_offer(*, actor: Actor, occurred_at: datetime, offer_id: UUID) -> AccountOffer:
    """Whoever it was offered to takes the account over. Once; saying it again changes nothing.

    Raises NotFound, Forbidden("not_your_offer" | "role_required"), Conflict("offer_over").
    """
    offer = _to_decide(actor, offer_id, occurred_at, Status.ACCEPTED, by_invited=True)
    require_role(actor, Role.RESIDENT)
    if offer.status == Status.OPEN:
        _close(offer, Status.ACCEPTED, occurred_at)
        told = {"holder_name": actor.user.name, "phone": actor.user.phone or ""}
        data = {"how": "offer", "offer": offer.pk}
        _hand_over(offer.account, actor.user, actor=actor, occurred_at=occurred_at, data=data, **told)
    return offer


@command
def decline_offer(*, actor: Actor, occurred_at: datetime, offer_id: UUID) -> AccountOffer:
    """Whoever it was offered to does not want it. Raises as `accept_offer`."""
    offer = _to_decide(actor, offer_id, occurred_at, Status.DECLINED, by_invited=True)
    if offer.status == Status.OPEN:
        _close(offer, Status.DECLINED, occurred_at)
        event = _record(offer.account, Kind.DECLINED, actor=actor, occurred_at=occurred_at, data={"offer": offer.pk})
        _tell([offer.offered_by], event, "account_declined", {}, actor=actor)
    return offer


@command
def withdraw_offer(*, actor: Actor, occurred_at: datetime, offer_id: UUID) -> AccountOffer:
    """Whoever offered it keeps it. Raises as `accept_offer`."""
    offer = _to_decide(actor, offer_id, occurred_at, Status.WITHDRAWN, by_invited=False)
    if offer.status == Status.OPEN:
        _close(offer, Status.WITHDRAWN, occurred_at)
        _record(offer.account, Kind.WITHDRAWN, actor=actor, occurred_at=occurred_at, data={"offer": offer.pk})
    return offer


def _to_decide(
    actor: Actor, offer_id: UUID, at: datetime, decision: AccountOffer.Status, *, by_invited: bool
) -> AccountOffer:
    offer = access.offer_to_decide(actor, offer_id)
    if (offer.phone == actor.user.phone) != by_invited:
        raise Forbidden("not_your_offer", "The other one of you two says that.")
    if offer.status == decision:
        return offer
    holds = offer.account.holder_id == offer.offered_by_id
    if offer.status != Status.OPEN or offer.expires_at <= at or not holds:
        raise Conflict("offer_over", "This offer stands no more. Ask for a new one.", offer_status=offer.status)
    return offer


def _close(offer: AccountOffer, status: AccountOffer.Status, at: datetime) -> None:
    offer.status, offer.decided_at = status, at
    offer.save(update_fields=["status", "decided_at"])


@command
def hand_over_by_desk(
    *,
    actor: Actor,
    occurred_at: datetime,
    account_id: UUID,
    checks: Sequence[Mapping[str, Any]],
    person_id: UUID | None = None,
    holder_name: str = "",
    phone: str = "",
) -> ServiceAccount:
    """The desk has heard who has the account from now on, registered with us or not, and has checked it.

    Raises NotFound, Forbidden("role_required"), Invalid("resident_unknown" | "checks_not_passed" |
    "phone_not_valid" | "holder_required").
    """
    account = access.account_of_desk(actor, account_id)
    person = resident_to_help(person_id, field="person_id") if person_id else None
    name = holder_name.strip() or (person.name if person else "")
    number = phone_number(phone) if phone else (person.phone or "") if person else ""
    if person is None and not name:
        raise Invalid("holder_required", "Say who has it from now on.", field="person_id")
    data = {"how": "desk", "checks": must_have_passed(checks)}
    AccountOffer.objects.filter(account=account, status=Status.OPEN).update(
        status=Status.WITHDRAWN, decided_at=occurred_at
    )
    _hand_over(account, person, actor=actor, occurred_at=occurred_at, data=data, holder_name=name, phone=number)
    return account


def _hand_over(
    account: ServiceAccount,
    person: User | None,
    *,
    actor: Actor,
    occurred_at: datetime,
    data: Mapping[str, Any],
    holder_name: str,
    phone: str,
) -> None:
    """Nothing of the former holder remains with the account: their tickets, messages and notices stay theirs.

    Who they were stands in the history, which the desk alone reads.
    """
    former = User.objects.filter(pk__in=account.residents)
    told = list(former)
    before = {"holder": account.holder_id, "holder_name": account.holder_name, "phone": account.phone}
    account.holder, account.household = person, []
    account.holder_name, account.phone = holder_name, phone
    account.save(update_fields=["holder", "household", "holder_name", "phone"])
    event = _record(
        account,
        Kind.HANDED_OVER,
        actor=actor,
        occurred_at=occurred_at,
        person=person,
        data={**data, "before": before, "household": [one.pk for one in told if one.pk != before["holder"]]},
    )
    _tell([one for one in told if one != person], event, "account_handed_over", {}, actor=actor)


def _record(
    account: ServiceAccount,
    kind: AccountEvent.Kind,
    *,
    actor: Actor,
    occurred_at: datetime,
    person: User | None = None,
    data: Mapping[str, Any] | None = None,
) -> AccountEvent:
    event = AccountEvent(
        account=account,
        kind=kind,
        person=person,
        actor=actor.user,
        on_behalf_of=actor.on_behalf_of,
        device_id=actor.device_id,
        occurred_at=occurred_at,
        received_at=actor.received_at,
        data=dict(data or {}),
    )
    event.save(force_insert=True)
    return event


def _tell(
    people: Sequence[User | None] | Any,
    event: AccountEvent,
    kind: str,
    text: Mapping[str, Any],
    *,
    actor: Actor,
    subject: tuple[str, UUID] | None = None,
) -> None:
    notify(
        actor=actor,
        to=[person for person in people if person is not None and person != actor.user],
        kind=kind,
        subject=subject or ("sites", event.account.site_id),
        text={"number": event.account.number, **text},
        dedupe_key=f"{kind}:{event.pk}",
    )
