"""The search for a caller: five tables, one ranked answer."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import F, Prefetch, Q, QuerySet

from accounts.models import User
from accounts.people.models import PERSON_TEXT
from accounts.searching import Typed, forgiving, found_by
from tickets.callers import access
from tickets.complaints.models import Ticket
from tickets.complaints.references import read_reference
from tickets.sites.models import ACCOUNT_TEXT, ASSET_TEXT, SITE_TEXT, Asset, ServiceAccount, Site

MOST = 20
"""So many hits are answered: whoever sees more than they can read types on."""
CANDIDATES = 100
"""So many rows of a table are ranked, the newest: the database says which fit, not how well."""
FOUND_BY = {
    "person": ("name", "phone"),
    "account": ("account_number", "name", "phone"),
    "site": ("site_name", "complex", "address"),
    "asset": ("model", "serial"),
    "ticket": ("reference", "title", "name", "phone", "complex", "address"),
}
"""The kinds of hits, whichever is worth more first, and the fields of a hit that are searched for each."""


@dataclass(slots=True, kw_only=True)
class Hit:
    """Somebody who may be calling, or about what: one row, with who and where that is as far as it is known.

    `id` is that of the row, a person, account, site, asset or ticket by its `kind`. `score` says how well it fits,
    from 0 to 1; `matched` names the fields that do.
    """

    kind: str
    id: UUID
    name: str = ""
    phone: str = ""
    account_number: str = ""
    site_name: str = ""
    complex: str = ""
    address: str = ""
    model: str = ""
    serial: str = ""
    reference: str = ""
    title: str = ""
    territory_id: UUID | None = None
    person_id: UUID | None = None
    account_id: UUID | None = None
    site_id: UUID | None = None
    score: float = 0
    matched: list[str] = field(default_factory=list)


def find_callers(user: User, typed: Typed) -> list[Hit]:
    """At most `MOST` hits, the best first. Other spellings are looked for when nothing is found as it was typed."""
    hits = _search(user, typed, typed.as_it_stands(), plainly=typed.as_it_stands(plainly=True))
    if not hits and (otherwise := typed.spelled_otherwise()):
        with forgiving(typed):
            hits = _search(user, typed, otherwise, enough=MOST)
    return sorted(hits, key=lambda hit: -hit.score)[:MOST]


def _search(
    user: User, typed: Typed, condition: Q, *, plainly: Q | None = None, enough: int | None = None
) -> list[Hit]:
    """All candidates, in the order of their kinds; of each kind the newest first.

    Tickets are left out if `enough` is found without: to compare all their texts takes longest.
    """
    people = found_by(access.residents(), condition, PERSON_TEXT, plainly=plainly)
    accounts = found_by(access.accounts(user), condition, ACCOUNT_TEXT, plainly=plainly)
    sites = found_by(access.sites(user), condition, SITE_TEXT, plainly=plainly)
    assets = found_by(access.assets(user), condition, ASSET_TEXT, plainly=plainly)
    hits = [
        *map(_person, people.prefetch_related(_their_accounts(user)).order_by("-pk")[:CANDIDATES]),
        *map(_account, accounts.select_related("site", "holder").order_by("-pk")[:CANDIDATES]),
        *map(_site, sites.order_by("-pk")[:CANDIDATES]),
        *map(_asset, assets.select_related("site", "account__holder").order_by("-pk")[:CANDIDATES]),
    ]
    reference = read_reference(typed.text)
    if enough is None or len(hits) < enough:
        or_reference = Q(reference=reference) if reference else Q()
        tickets = found_by(
            access.tickets(user),
            condition | or_reference,
            F("search_text"),
            plainly=plainly and plainly | or_reference,
        )
        complaints = tickets.select_related("account").order_by("-reported_at", "-id")[:CANDIDATES]
        hits += map(_ticket, _of_others(complaints, {hit.id for hit in hits}, reference))
    for hit in hits:
        _judge(hit, typed, reference)
    return hits


def _their_accounts(user: User) -> Prefetch[str, QuerySet[ServiceAccount], str]:
    """Where a person lives, as far as this desk may know."""
    return Prefetch("service_accounts", access.accounts(user).select_related("site").order_by("-pk"), "known_accounts")


def _of_others(tickets: Iterable[Ticket], found: set[UUID], reference: str | None) -> Iterable[Ticket]:
    """Of callers for whom nothing else was found, the newest ticket of each; and the one whose reference was typed."""
    seen = set()
    for ticket in tickets:
        caller = (ticket.contact_name, ticket.contact_phone, ticket.complex, ticket.address)
        known = not found.isdisjoint({ticket.resident_id, ticket.account_id, ticket.site_id, ticket.asset_id})
        if ticket.reference == reference or not (known or caller in seen):
            yield ticket
        seen.add(caller)


def _judge(hit: Hit, typed: Typed, reference: str | None) -> None:
    if reference and hit.reference == reference:
        hit.score, hit.matched = 1.0, ["reference"]
    else:
        hit.score, hit.matched = typed.fits({name: getattr(hit, name) for name in FOUND_BY[hit.kind]})


def _at(hit: Hit, site: Site) -> Hit:
    hit.site_id, hit.territory_id = site.pk, site.territory_id
    hit.site_name, hit.complex, hit.address = site.name, site.complex, site.address
    return hit


def _person(person: User) -> Hit:
    hit = Hit(kind="person", id=person.pk, person_id=person.pk, name=person.name, phone=person.phone or "")
    for account in person.known_accounts[:1]:  # type: ignore[attr-defined]  # see `_their_accounts`
        hit.account_id, hit.account_number = account.pk, account.number
        _at(hit, account.site)
    return hit


def _account(account: ServiceAccount) -> Hit:
    return _at(_of(Hit(kind="account", id=account.pk), account), account.site)


def _of(hit: Hit, account: ServiceAccount) -> Hit:
    """Whose it is: by the contract, and where that does not say, by who has bound it."""
    holder = account.holder
    hit.account_id, hit.account_number, hit.person_id = account.pk, account.number, account.holder_id
    hit.name = account.holder_name or (holder.name if holder else "")
    hit.phone = account.phone or ((holder.phone or "") if holder else "")
    return hit


def _site(site: Site) -> Hit:
    return _at(Hit(kind="site", id=site.pk), site)


def _asset(asset: Asset) -> Hit:
    hit = _at(Hit(kind="asset", id=asset.pk, model=asset.model, serial=asset.serial), asset.site)
    return _of(hit, asset.account) if asset.account else hit


def _ticket(ticket: Ticket) -> Hit:
    return Hit(
        kind="ticket",
        id=ticket.pk,
        name=ticket.contact_name,
        phone=ticket.contact_phone,
        account_number=ticket.account.number if ticket.account else "",
        complex=ticket.complex,
        address=ticket.address,
        reference=ticket.reference,
        title=ticket.title,
        territory_id=ticket.territory_id,
        person_id=ticket.resident_id,
        account_id=ticket.account_id,
        site_id=ticket.site_id,
    )
