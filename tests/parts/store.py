"""A small world of stock for tests: places, parts, and short ways to put things there."""

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any
from uuid import UUID

from accounts.models import RoleGrant, User
from accounts.people.models import Role
from parts.models import Location, Part, SerialPosition, StockBalance, StockMovement
from parts.stock import services
from parts.stock.ledger import held_everywhere
from parts.stock.proof import differences
from sync.commands import Actor, OperationOrigin
from sync.ids import uuid7
from tests.people import People

MORNING = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)


def online(user: User) -> Actor:
    """Somebody with signal."""
    return Actor(user=user)


def offline(user: User, *flags: str) -> Actor:
    """Somebody whose phone tells later what they did."""
    return Actor(user=user, operation=OperationOrigin(id=uuid7(), captured={}, flags=flags))


class Store:
    """Made when first asked for, as `People` are."""

    def __init__(self, people: People) -> None:
        self.people = people

    @cached_property
    def depot(self) -> Location:
        return Location.objects.create(code="D-N", name="Northern depot", kind="depot", territory=self.people.north)

    @cached_property
    def southern_depot(self) -> Location:
        return Location.objects.create(code="D-S", name="Southern depot", kind="depot", territory=self.people.south)

    @cached_property
    def central(self) -> Location:
        return Location.objects.create(code="CENTRAL", name="Central store", kind="central")

    @cached_property
    def van(self) -> Location:
        """The technician's."""
        return self.van_for(self.people.technician)

    @cached_property
    def colleagues_van(self) -> Location:
        return self.van_for(self.people.colleague)

    def van_for(self, user: User) -> Location:
        return Location.objects.create(
            code=f"VAN-{user.username}", name="Van", name_zh="车", kind="van", territory=self.people.north, keeper=user
        )

    @property
    def customer(self) -> Location:
        return Location.objects.get(kind="customer")

    @cached_property
    def southern_storekeeper(self) -> User:
        user = User.objects.create_user("southern-storekeeper", name="Sully Southern")
        RoleGrant.objects.create(user=user, role=Role.STOREKEEPER, territory=self.people.south)
        return user

    @cached_property
    def valve(self) -> Part:
        return Part.objects.create(
            number="GAS-VLV-15", name="Ball valve", name_zh="球阀", model="QF-DN15", price=Decimal(22)
        )

    @cached_property
    def hose(self) -> Part:
        return Part.objects.create(number="GAS-HOS", name="Gas hose", unit="metre")

    @cached_property
    def modem(self) -> Part:
        return Part.objects.create(number="FIB-ONT", name="Optical modem", tracking="serial", price=Decimal(145))

    @cached_property
    def unheard_of(self) -> Part:
        """A provisional part."""
        return Part.objects.create(number="NEW-1", name="Odd seal", model="XS-9", status="provisional")

    def receive(self, location: Location, part: Part, quantity: Any = 1, serial: str = "") -> StockMovement:
        [movement] = services.receive_parts(
            actor=Actor.system(),
            occurred_at=MORNING,
            location_id=location.pk,
            lines=[{"part_id": part.pk, "quantity": Decimal(quantity), "serial": serial}],
        )
        return movement

    def move(
        self, source: Location, target: Location, part: Part, quantity: Any = 1, serial: str = ""
    ) -> StockMovement:
        [movement] = services.move_parts(
            actor=Actor.system(),
            occurred_at=MORNING,
            from_location_id=source.pk,
            to_location_id=target.pk,
            lines=[{"part_id": part.pk, "quantity": Decimal(quantity), "serial": serial}],
        )
        return movement

    def use(self, actor: Actor, location: Location, part: Part, quantity: Any = 1, serial: str = "") -> StockMovement:
        return services.use_part(
            actor=actor,
            occurred_at=MORNING,
            location_id=location.pk,
            part_id=part.pk,
            quantity=Decimal(quantity),
            serial=serial,
        )

    def take_back(
        self, actor: Actor, location: Location, part: Part, quantity: Any = 1, serial: str = ""
    ) -> StockMovement:
        return services.return_part(
            actor=actor,
            occurred_at=MORNING,
            location_id=location.pk,
            part_id=part.pk,
            quantity=Decimal(quantity),
            serial=serial,
        )

    def on_hand(self, location: Location, part: Part, condition: str = "good") -> Decimal:
        if not location.is_limited:
            return held_everywhere(part).get((location.pk, condition), Decimal(0))
        balance = StockBalance.objects.filter(location=location, part=part, condition=condition).first()
        return balance.quantity if balance else Decimal(0)

    def place_of(self, part: Part, serial: str) -> tuple[str | None, str]:
        """Where a serial is by the books, and in which condition."""
        position = SerialPosition.objects.select_related("location").get(part=part, serial=serial)
        return position.location.code if position.location else None, position.condition


def books_are_right() -> bool:
    """What `check_ledger` proves."""
    return differences() == []


def codes(errors: Iterable[dict[str, str]]) -> dict[str, str]:
    """Of a problem document: the code by the path of the field."""
    return {error["field"]: error["code"] for error in errors}


def ids(response: Any) -> set[UUID]:
    """Of a page: the ids on it."""
    assert response.status_code == 200, response.content
    return {UUID(row["id"]) for row in response.json()["results"]}
