"""What is worth much is approved by somebody higher, and a part that may take the place of another is sent instead."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from notifications.models import Notice
from parts.models import Part, Requisition, Transfer
from parts.requisitions.services import approve_requisition, submit_requisition
from sync.ids import uuid7
from tests.parts.store import MORNING, Store, codes, offline, online
from tests.phone import fresh_phone

pytestmark = [pytest.mark.django_db, pytest.mark.at(MORNING)]


@pytest.fixture
def asks(people, store: Store):
    """The technician asks for so much of parts."""
    assert people.storekeeper
    assert people.supervisor

    def ask(**quantities: Any) -> Requisition:
        lines = [{"part_id": getattr(store, part).pk, "quantity": Decimal(some)} for part, some in quantities.items()]
        return submit_requisition(
            actor=offline(people.technician), occurred_at=MORNING, location_id=store.van.pk, lines=lines
        )

    return ask


def approve(client, requisition: Requisition, *lines: dict[str, Any]):
    return client.post(f"/api/v1/requisitions/{requisition.pk}/approve", {"lines": list(lines)})


def line_of(requisition: Requisition, part: Part) -> str:
    return str(requisition.lines.get(part=part).pk)


def told_of(requisition: Requisition) -> set[str]:
    notices = Notice.objects.filter(kind="requisition_submitted", subject_id=requisition.pk)
    return {str(notice.user.username) for notice in notices}


# Limits


def test_up_to_the_limit_a_storekeeper_approves_and_above_it_a_supervisor(api, people, store: Store, asks, settings):
    settings.REQUISITION_LIMIT = Decimal(110)
    much, little = asks(valve=6), asks(valve=5)  # at 22 each
    refused = approve(api(people.storekeeper), much)
    assert (refused.status_code, refused.json()["code"]) == (403, "above_limit")
    assert {name: refused.json()[name] for name in ("value", "limit", "roles")} == {
        "value": "132.00",
        "limit": "110",
        "roles": ["supervisor"],
    }
    assert Requisition.objects.get(pk=much.pk).status == "submitted"
    assert approve(api(people.storekeeper), little).json()["status"] == "approved"
    assert approve(api(people.supervisor), much).json()["status"] == "approved"


def test_whoever_approves_less_need_not_ask_anybody(api, people, store: Store, asks, settings):
    settings.REQUISITION_LIMIT = Decimal(110)
    much = asks(valve=6)
    fewer = {"line_id": line_of(much, store.valve), "quantity": "5"}
    assert approve(api(people.storekeeper), much, fewer).json()["status"] == "partly_approved"


def test_what_nobody_can_value_is_above_every_limit(api, people, store: Store, asks):
    unknown = asks(valve=1, hose=1)
    shown = api(people.storekeeper).get(f"/api/v1/requisitions/{unknown.pk}").json()
    assert (shown["value"], shown["above_limit"]) == (None, True)
    refused = approve(api(people.storekeeper), unknown)
    assert (refused.json()["code"], refused.json()["value"]) == ("above_limit", None)
    without = {"line_id": line_of(unknown, store.hose), "quantity": "0"}
    assert approve(api(people.storekeeper), unknown, without).json()["value"] == "22.00"


def test_supervisors_hear_of_what_only_they_can_approve(people, asks, settings):
    settings.REQUISITION_LIMIT = Decimal(110)
    assert told_of(asks(valve=5)) == {people.storekeeper.username}
    assert told_of(asks(valve=6)) == {people.storekeeper.username, people.supervisor.username}


def test_nobody_approves_their_own_however_high_they_are(api, people, store: Store):
    lines = [{"part_id": store.valve.pk, "quantity": Decimal(1)}]
    own = submit_requisition(
        actor=online(people.storekeeper), occurred_at=MORNING, location_id=store.depot.pk, lines=lines
    )
    refused = approve(api(people.storekeeper), own)
    assert (refused.status_code, refused.json()["code"]) == (403, "own_requisition")
    assert approve(api(people.supervisor), own).status_code == 200


# Something else instead


@pytest.fixture
def newer(store: Store) -> Part:
    """What has taken the place of the valve."""
    part = Part.objects.create(number="GAS-VLV-16", name="Better valve", price=Decimal(30))
    Part.objects.filter(pk=store.valve.pk).update(status="superseded", superseded_by=part)
    return part


def test_a_part_that_supersedes_the_one_wanted_is_approved_sent_and_counted_in_its_stead(
    api, people, store: Store, asks, newer
):
    stella = api(people.storekeeper)
    store.receive(store.depot, newer, 5)
    wanted = asks(valve=5)
    instead = {"line_id": line_of(wanted, store.valve), "quantity": "4", "substitute_id": str(newer.pk)}
    approved = approve(stella, wanted, instead).json()
    assert (approved["status"], approved["value"]) == ("partly_approved", "120.00")
    assert approved["lines"][0]["substitute"]["number"] == newer.number
    [document] = fresh_phone(people.technician).collection("requisitions").values()
    assert (document["lines"][0]["part_id"], document["lines"][0]["substitute_id"]) == (
        str(store.valve.pk),
        str(newer.pk),
    )
    body = {"from_location_id": str(store.depot.pk)}
    assert stella.post(f"/api/v1/requisitions/{wanted.pk}/release", body).json()["lines"][0]["sent"] == "4"
    line = Transfer.objects.get().lines.get()
    assert (line.part, line.quantity, line.wanted) == (newer, Decimal(4), wanted.lines.get())


def test_the_value_of_what_is_sent_instead_counts_against_the_limit(api, people, store: Store, asks, newer, settings):
    settings.REQUISITION_LIMIT = Decimal(110)
    wanted = asks(valve=5)
    instead = {"line_id": line_of(wanted, store.valve), "substitute_id": str(newer.pk)}
    assert approve(api(people.storekeeper), wanted, instead).json()["code"] == "above_limit"
    assert approve(api(people.supervisor), wanted, instead).json()["value"] == "150.00"


def test_what_is_left_of_a_former_part_serves_who_wants_the_newer_one(api, people, store: Store, asks, newer):
    wanted = submit_requisition(
        actor=offline(people.technician),
        occurred_at=MORNING,
        location_id=store.van.pk,
        lines=[{"part_id": newer.pk, "quantity": Decimal(1)}],
    )
    instead = {"line_id": line_of(wanted, newer), "substitute_id": str(store.valve.pk)}
    assert approve(api(people.storekeeper), wanted, instead).status_code == 200


def test_not_every_part_may_take_the_place_of_another(api, people, store: Store, asks, newer):
    sibling = Part.objects.create(
        number="GAS-VLV-14", name="Other valve", status="superseded", superseded_by=newer, price=Decimal(1)
    )
    wanted = asks(valve=1)
    for other in (store.hose.pk, sibling.pk, uuid7()):
        refused = approve(
            api(people.storekeeper), wanted, {"line_id": line_of(wanted, store.valve), "substitute_id": str(other)}
        )
        assert codes(refused.json()["errors"]) == {"lines.0.substitute_id": "not_a_substitute"}
        assert refused.json()["allowed"] == [str(newer.pk)]
    Part.objects.filter(pk=newer.pk).update(unit="set")
    refused = approve(
        api(people.storekeeper), wanted, {"line_id": line_of(wanted, store.valve), "substitute_id": str(newer.pk)}
    )
    assert refused.json()["allowed"] == [], "nobody knows how much of it would be the same"


def test_the_database_keeps_a_substitute_apart_from_the_part_itself(people, store: Store, asks):
    wanted = asks(valve=1)
    approve_requisition(actor=online(people.storekeeper), occurred_at=MORNING, requisition_id=wanted.pk)
    with pytest.raises(IntegrityError, match="substitute_was_approved"), transaction.atomic():
        wanted.lines.update(substitute=store.valve)
