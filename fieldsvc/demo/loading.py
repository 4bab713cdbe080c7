"""Loads the demonstration. Every step leaves alone what is there already, so that loading again changes nothing."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from math import ceil
from pathlib import Path
from typing import Any

from accounts.models import Role, Territory, User
from accounts.people.services import create_person, register_resident
from fieldsvc.demo.catalogue import LIKELY, PARTS, DemoPart
from fieldsvc.demo.charges import charges_were_played, play_charges, warranty_terms
from fieldsvc.demo.day import TICKETS
from fieldsvc.demo.desk import desk_was_played, play_desk, scorecards, tools_of_the_desk
from fieldsvc.demo.identity import demo_id
from fieldsvc.demo.people import BEILIN, RESIDENTS, STAFF, DemoPerson
from fieldsvc.demo.places import PLACES, SEGMENTS
from fieldsvc.demo.planning import plan_ahead
from fieldsvc.demo.playing import opened, play
from fieldsvc.demo.prices import CHINA, NEW_YORK, PRICES
from fieldsvc.demo.shifts import shifts
from fieldsvc.time import now
from parts.catalogue.models import Part
from parts.catalogue.services import create_part
from parts.locations.models import Location
from parts.locations.services import create_location, customer_location
from parts.stock.models import StockMovement
from parts.stock.services import move_parts, receive_parts
from sync.commands import Actor, command, command_block
from tickets.complaints.models import Ticket
from tickets.imports.services import ensure_territories, import_requests
from tickets.imports.tables import CITY_TIME
from tickets.prices.models import PriceItem
from tickets.prices.services import create_item, set_price
from tickets.ratings.defaults import ensure_rating_reasons
from tickets.segments.models import NetworkSegment
from tickets.segments.services import add_segment, connect_sites
from tickets.service_types.defaults import ensure_service_types
from tickets.service_types.models import ServiceType, ServiceTypePart
from tickets.service_types.services import LikelyPartData, change_service_type
from tickets.sites.models import ServiceAccount, Site
from tickets.sites.services import add_account, add_site

REQUESTS = Path(__file__).with_name("nyc311-requests-1000.csv")
STOCKED_BEFORE = timedelta(hours=48)
"""How long ago the depots received their stock: before the first ticket of the day."""
CHINA_TIME = "Asia/Shanghai"

DEPOTS = {
    BEILIN: ("DEPOT-XA", "Beilin depot", "碑林仓库"),
    "nyc-manhattan": ("DEPOT-MN", "Manhattan depot", "曼哈顿仓库"),
    "nyc-bronx": ("DEPOT-BX", "Bronx depot", "布朗克斯仓库"),
    "nyc-brooklyn": ("DEPOT-BK", "Brooklyn depot", "布鲁克林仓库"),
    "nyc-queens": ("DEPOT-QN", "Queens depot", "皇后区仓库"),
    "nyc-staten-island": ("DEPOT-SI", "Staten Island depot", "史泰登岛仓库"),
}
"""Code, English and Chinese name by territory."""
SMALL_DEPOT = 4
"""The depots of New York hold this fraction of what the one of Beilin holds."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """One step, and how many things it made."""

    what: str
    made: int


def load() -> Iterator[Loaded]:
    """Load the demonstration step by step."""
    steps: list[tuple[str, Callable[[], int]]] = [
        ("territories", _territories),
        ("service types with their skills and promises", _service_types),
        ("people", _people),
        ("parts of the catalogue", _catalogue),
        ("likely parts of service types", _likely_parts),
        ("prices", _prices),
        ("depots and vans", _locations),
        ("movements of stock", _stock),
        ("sites and service accounts", _sites),
        ("segments of networks", _segments),
        ("tools of the desk", tools_of_the_desk),
        ("requests of New York", _requests),
        ("steps of yesterday and today", _day),
        ("shifts of this week and the next", shifts),
        ("plans of the desk", plan_ahead),
        ("scorecards", scorecards),
        ("steps of the desk", _desk),
        ("terms of warranty", warranty_terms),
        ("steps of charges and accounts", _charges),
    ]
    for what, step in steps:
        yield Loaded(what, step())


@command
def _territories() -> int:
    before = Territory.objects.count()
    ensure_territories()
    Territory.objects.get_or_create(
        code=BEILIN, defaults={"name": "Beilin, Xi'an", "name_zh": "西安市碑林区", "time_zone": CHINA_TIME}
    )
    return Territory.objects.count() - before


def _service_types() -> int:
    before = ServiceType.objects.count()
    ensure_service_types()
    ensure_rating_reasons()
    return ServiceType.objects.count() - before


@command
def _people() -> int:
    before = User.objects.count()
    territories = dict(Territory.objects.values_list("code", "id"))
    for person in STAFF:
        if not User.objects.filter(username=person.username).exists():
            # Nobody has a password of their own: see fieldsvc/demo/signin.py.
            create_person(
                actor=Actor.system(),
                occurred_at=now(),
                username=person.username,
                phone=person.phone or None,
                name=person.name,
                language=person.language,
                time_zone=_time_zone(person),
                roles=[
                    {"role": person.role, "territory_id": territories[code] if code else None}
                    for code in person.territories or (None,)
                ],
                skills=person.skills,
            )
    for person in RESIDENTS:
        if not User.objects.filter(phone=person.phone).exists():
            register_resident(occurred_at=now(), phone=person.phone, name=person.name, language=person.language)
    return User.objects.count() - before


def _time_zone(person: DemoPerson) -> str:
    return CHINA_TIME if BEILIN in person.territories else str(CITY_TIME)


@command
def _catalogue() -> int:
    known = set(Part.objects.values_list("number", flat=True))
    missing = [part for part in PARTS if part.number not in known]
    for part in missing:
        create_part(
            actor=Actor.system(),
            occurred_at=now(),
            number=part.number,
            name=part.name,
            name_zh=part.name_zh,
            model=part.model,
            unit=part.unit,
            tracking=part.tracking,
            price=part.price,
        )
    return len(missing)


@command
def _likely_parts() -> int:
    """Of the kinds for which nobody has named any."""
    before = ServiceTypePart.objects.count()
    parts = Part.objects.in_bulk([number for lines in LIKELY.values() for number, _ in lines], field_name="number")
    for service_type in ServiceType.objects.filter(code__in=LIKELY, likely_parts=None):
        lines: list[LikelyPartData] = [
            {"part_id": parts[number].pk, "quantity": Decimal(quantity) if quantity else None}
            for number, quantity in LIKELY[service_type.code]
        ]
        change_service_type(
            actor=Actor.system(), occurred_at=now(), service_type_id=service_type.pk, likely_parts=lines
        )
    return ServiceTypePart.objects.count() - before


@command
def _prices() -> int:
    """What work costs everywhere, in yuan; in New York it has prices of its own."""
    known = set(PriceItem.objects.values_list("code", flat=True))
    missing = [price for price in PRICES if price.code not in known]
    system: dict[str, Any] = {"actor": Actor.system(), "occurred_at": now()}
    for price in missing:
        item = create_item(code=price.code, name=price.name, name_zh=price.name_zh, unit=price.unit, **system)
        _costs(item, price.fen, CHINA)
        for territory in Territory.objects.filter(code__startswith="nyc-"):
            _costs(item, price.cents, NEW_YORK, territory)
    return len(missing)


def _costs(item: PriceItem, amount: int, terms: tuple[str, str], territory: Territory | None = None) -> None:
    currency, rate = terms
    set_price(
        actor=Actor.system(),
        occurred_at=now(),
        item_id=item.pk,
        territory_id=territory.pk if territory else None,
        amount=amount,
        currency=currency,
        tax_rate=Decimal(rate),
        valid_from=date(2026, 1, 1),
    )


@command
def _locations() -> int:
    """A depot for every territory that has technicians, a van for every technician."""
    before = Location.objects.count()
    territories = dict(Territory.objects.values_list("code", "id"))
    customer_location()
    for territory, (code, name, name_zh) in DEPOTS.items():
        _ensure_location(code, name=name, name_zh=name_zh, kind="depot", territory_id=territories[territory])
    for person in _technicians():
        keeper = User.objects.get(username=person.username)
        _ensure_location(
            _van(person),
            name=f"Van of {person.name}",
            name_zh=f"{person.name} 的工程车",
            kind="van",
            territory_id=territories[person.territories[0]],
            keeper_id=keeper.pk,
        )
    return Location.objects.count() - before


def _ensure_location(code: str, **fields: Any) -> None:
    if not Location.objects.filter(code=code).exists():
        create_location(actor=Actor.system(), occurred_at=now(), code=code, **fields)


def _technicians() -> list[DemoPerson]:
    return [person for person in STAFF if person.role == Role.TECHNICIAN]


def _van(technician: DemoPerson) -> str:
    return f"VAN-{technician.username.upper()}"


@command
def _stock() -> int:
    """Every depot received its stock two days ago and filled its vans from it; nothing is ever set."""
    before = StockMovement.objects.count()
    parts = {part.number: part for part in Part.objects.filter(number__in=[part.number for part in PARTS])}
    places = Location.objects.in_bulk(field_name="code")
    received_at = now() - STOCKED_BEFORE
    for territory, (code, _, _) in DEPOTS.items():
        depot = places[code]
        if StockMovement.objects.filter(to_location=depot).exists():
            continue
        fraction = 1 if territory == BEILIN else SMALL_DEPOT
        vans = [person for person in _technicians() if person.territories == (territory,)]
        serials = _Serials(code)
        actor = Actor(user=_storekeeper(territory), received_at=received_at)
        for person in vans:
            lines = [
                line for part in PARTS if part.trade in person.skills for line in _lines(parts, part, part.van, serials)
            ]
            receive_parts(actor=actor, occurred_at=received_at, location_id=depot.pk, lines=lines)
            move_parts(
                actor=actor,
                occurred_at=received_at + timedelta(hours=1),
                from_location_id=depot.pk,
                to_location_id=places[_van(person)].pk,
                lines=lines,
                note="First filling of the van",
            )
        lines = [line for part in PARTS for line in _lines(parts, part, ceil(part.depot / fraction), serials)]
        receive_parts(actor=actor, occurred_at=received_at, location_id=depot.pk, lines=lines)
    return StockMovement.objects.count() - before


class _Serials:
    """Serials that nobody else has: `DEPOT-XA-0001`."""

    def __init__(self, prefix: str) -> None:
        self.prefix, self.last = prefix, 0

    def next(self) -> str:
        self.last += 1
        return f"{self.prefix.removeprefix('DEPOT-')}-{self.last:04}"


def _lines(parts: dict[str, Part], part: DemoPart, quantity: int, serials: _Serials) -> list[dict[str, Any]]:
    """So much of a part, unit by unit if its serials are followed."""
    row = parts[part.number]
    if row.follows_serials:
        return [{"part_id": row.pk, "quantity": Decimal(1), "serial": serials.next()} for _ in range(quantity)]
    return [{"part_id": row.pk, "quantity": Decimal(quantity)}] if quantity else []


def _storekeeper(territory: str) -> User:
    username = next(
        person.username for person in STAFF if person.role == Role.STOREKEEPER and territory in person.territories
    )
    return User.objects.get(username=username)


@command
def _sites() -> int:
    before = Site.objects.count() + ServiceAccount.objects.count()
    territories = dict(Territory.objects.values_list("code", "id"))
    for place in PLACES:
        site_id = demo_id("site", place.code)
        if not Site.objects.filter(pk=site_id).exists():
            add_site(
                actor=Actor.system(),
                occurred_at=now(),
                id=site_id,
                territory_id=territories[place.territory],
                complex=place.complex,
                address=place.address,
                latitude=place.latitude,
                longitude=place.longitude,
                access_notes=place.access_notes,
            )
        if place.account and not ServiceAccount.objects.filter(number=place.account).exists():
            holder = User.objects.get(phone=place.holder)
            add_account(
                actor=Actor.system(),
                occurred_at=now(),
                number=place.account,
                site_id=site_id,
                holder_id=holder.pk,
                holder_name=holder.name,
                phone=place.holder,
            )
    return Site.objects.count() + ServiceAccount.objects.count() - before


def _segments() -> int:
    before = NetworkSegment.objects.count()
    territories = dict(Territory.objects.values_list("code", "id"))
    actor = Actor.system()
    for told in SEGMENTS:
        segment_id = demo_id("segment", told.code)
        if not NetworkSegment.objects.filter(pk=segment_id).exists():
            add_segment(
                actor=actor,
                occurred_at=now(),
                id=segment_id,
                territory_id=territories[told.territory],
                code=told.code,
                name=told.name,
                name_zh=told.name_zh,
                service_types=told.service_types,
            )
            site_ids = [demo_id("site", place) for place in told.places]
            connect_sites(actor=actor, occurred_at=now(), segment_id=segment_id, site_ids=site_ids)
    return NetworkSegment.objects.count() - before


def _requests() -> int:
    report = import_requests(actor=Actor.system(), occurred_at=now(), path=REQUESTS)
    return report.created + report.updated


def _day() -> int:
    """All of it or nothing: a day that broke off in the middle would never be finished."""
    if Ticket.objects.filter(pk=opened(1)).exists():
        return 0
    with command_block():
        return play(TICKETS, until=now())


def _desk() -> int:
    """All of it or nothing, as of the day."""
    if desk_was_played():
        return 0
    with command_block():
        return play_desk(until=now())


def _charges() -> int:
    """All of it or nothing, as of the day."""
    if charges_were_played():
        return 0
    with command_block():
        return play_charges(until=now())
