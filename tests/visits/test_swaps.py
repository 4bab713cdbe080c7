"""Old for new: the serials on the record of the equipment, the parts in the books, and two claims to one unit."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from fieldsvc.time import now
from notifications.models import Notice
from parts.models import Discrepancy, Part, SerialPosition
from parts.stock.services import receive_parts
from sync.commands import Actor
from sync.ids import uuid7
from sync.models import Conflict
from tests.phone import fresh_phone
from tests.standing import standing
from tests.visits.conftest import HERE, on_hand, window
from tickets.models import Asset, PartUse, Site, Swap


@pytest.fixture
@standing
def meter(people, van):
    """A part that is followed unit by unit; N-1 and N-2 lie in the van."""
    part = Part.objects.create(number="M-1", name="Meter", unit="piece", tracking="serial")
    lines = [{"part_id": part.pk, "quantity": Decimal(1), "serial": serial} for serial in ("N-1", "N-2")]
    receive_parts(actor=Actor(people.storekeeper), occurred_at=now(), location_id=van.pk, lines=lines)
    return part


@pytest.fixture
def asset(site):
    return Asset.objects.create(site=site, kind="gas meter", model="G4", serial="OLD-1")


@pytest.fixture
@standing
def handset(people, phone, visit, asset):
    handset = phone(people.technician)
    handset.pull()
    return handset


def swaps(handset, visit, asset, part, **data):
    """OLD-1 went, N-1 came."""
    told = {"removed_serial": "OLD-1", "installed_serial": "N-1", **data}
    return handset.does("part.swap", visit_id=visit, asset_id=asset, part_id=part, **told)


def resolve(api, person, conflict, keep, **value):
    return api(person).post(f"/api/v1/sync/conflicts/{conflict.pk}/resolve", {"keep": keep, **value})


def test_a_swap_without_signal_is_in_the_books_and_on_the_record_once(people, handset, visit, asset, meter, van):
    handset.does("visit.check_in", hours_ago=3, visit_id=visit, **HERE)
    swaps(handset, visit, asset, meter, hours_ago=2, id=uuid7())
    handset.push(reply_is_lost=True)
    assert handset.push() == ["applied", "applied"]
    asset.refresh_from_db()
    assert asset.serial == "N-1"
    assert (on_hand(meter, van), on_hand(meter, van, "faulty")) == (1, 1)
    places = dict(SerialPosition.objects.values_list("serial", "location__kind"))
    assert places == {"N-1": "customer", "N-2": "van", "OLD-1": "van"}
    swap = Swap.objects.get()
    assert (swap.fitted.kind, swap.fitted.serial, swap.fitted.removed_serial) == ("used", "N-1", "OLD-1")
    assert (swap.taken.kind, swap.taken.serial) == ("returned", "OLD-1")
    assert (swap.flags, swap.yields) == ([], False)
    assert not Discrepancy.objects.exists()
    assert not Conflict.objects.exists()
    handset.pull()
    document = handset.document("assets", asset)
    assert document
    [told] = document["swaps"]
    assert (document["serial"], told["removed_serial"], told["installed_serial"]) == ("N-1", "OLD-1", "N-1")
    assert (told["technician_name"], told["visit_id"]) == ("Tom Technician", str(visit.pk))
    assert handset.replica() == fresh_phone(people.technician).replica()


def test_the_same_swap_in_two_operations_counts_once(handset, visit, asset, meter, van):
    id = uuid7()
    for _ in range(2):
        swaps(handset, visit, asset, meter, hours_ago=1, id=id)
    assert handset.push() == ["applied", "applied"]
    assert (Swap.objects.count(), PartUse.objects.count(), on_hand(meter, van)) == (1, 2, 1)


def test_a_component_has_a_serial_of_its_own(handset, visit, asset, meter):
    swaps(handset, visit, asset, meter, component="valve", removed_serial="V-OLD")
    assert handset.push() == ["applied"]
    asset.refresh_from_db()
    assert (asset.serial, asset.components) == ("OLD-1", {"valve": "N-1"})


def test_what_the_record_had_otherwise_is_corrected_and_flagged(handset, visit, asset, meter):
    swaps(handset, visit, asset, meter, removed_serial="OTHER-9")
    handset.push()
    asset.refresh_from_db()
    assert asset.serial == "N-1"
    assert Swap.objects.get().flags == ["serial_unexpected"]


def test_a_serial_that_nobody_could_read_is_a_discrepancy_and_no_obstacle(handset, visit, asset, meter):
    swaps(handset, visit, asset, meter, removed_serial="")
    assert handset.push() == ["applied"]
    asset.refresh_from_db()
    assert asset.serial == "N-1"
    assert Discrepancy.objects.get().kind == "serial_missing"


def test_the_history_of_units_stays_readable(people, do, handset, visit, asset, meter):
    swaps(handset, visit, asset, meter, hours_ago=2)
    swaps(handset, visit, asset, meter, hours_ago=1, removed_serial="N-1", installed_serial="N-2")
    handset.push()
    asset.refresh_from_db()
    assert asset.serial == "N-2"
    pairs = [(swap.removed_serial, swap.installed_serial) for swap in Swap.objects.all()]
    assert pairs == [("OLD-1", "N-1"), ("N-1", "N-2")]
    with pytest.raises(DatabaseError, match="append_only"), transaction.atomic():
        Swap.objects.update(installed_serial="X")


def test_a_unit_that_comes_back_after_repair_is_no_second_claim(handset, visit, asset, meter):
    swaps(handset, visit, asset, meter, hours_ago=3)
    swaps(handset, visit, asset, meter, hours_ago=2, removed_serial="N-1", installed_serial="OLD-1")
    swaps(handset, visit, asset, meter, hours_ago=1)
    assert handset.push() == ["applied"] * 3
    asset.refresh_from_db()
    assert asset.serial == "N-1"
    assert not Conflict.objects.exists()


class TestTwoClaimsToOneUnit:
    """The technician and the colleague have each fitted N-1, by what they say: one of them has misread it."""

    @pytest.fixture
    def other(self, people, complain, send):
        """The colleague's visit, to other equipment in the same place."""
        return send(complain(), technician=people.colleague, **window(hours=5))

    @pytest.fixture
    def twin(self, site):
        return Asset.objects.create(site=site, kind="gas meter", model="G4", serial="OLD-2")

    @pytest.fixture
    def colleague(self, people, phone, other, world):
        world.van(people.colleague)
        handset = phone(people.colleague)
        handset.pull()
        return handset

    @pytest.mark.parametrize("first_heard", ["tom", "colin"])
    def test_the_first_by_its_own_time_stands_whoever_is_heard_first(
        self, people, handset, colleague, visit, other, asset, twin, meter, first_heard
    ):
        swaps(handset, visit, asset, meter, hours_ago=3)
        swaps(colleague, other, twin, meter, hours_ago=2, removed_serial="OLD-2")
        pushes = {"tom": handset, "colin": colleague}
        answers = {first_heard: pushes.pop(first_heard).push()}
        answers |= {name: phone.push() for name, phone in pushes.items()}
        expected = {"tom": ["applied"], "colin": ["conflict"] if first_heard == "tom" else ["applied"]}
        assert answers == expected
        for row in (asset, twin):
            row.refresh_from_db()
        assert (asset.serial, twin.serial) == ("N-1", "OLD-2")
        conflict = Conflict.objects.get()
        assert (conflict.kind, conflict.collection, conflict.doc_id) == ("unique", "assets", twin.pk)
        assert conflict.device_by == people.colleague
        ours, theirs = conflict.server_value or {}, conflict.device_value or {}
        assert (ours["technician"], theirs["technician"]) == ("Tom Technician", "Colin Colleague")
        assert (ours["installed_serial"], theirs["installed_serial"]) == ("N-1", "N-1")
        assert Notice.objects.filter(user=people.dispatcher, kind="conflict_opened").count() == 1
        assert Swap.objects.count() == 2
        assert Discrepancy.objects.filter(kind="serial_clash").count() == 1

    def test_the_dispatcher_decides_between_the_two(
        self, api, people, handset, colleague, visit, other, asset, twin, meter
    ):
        swaps(handset, visit, asset, meter, hours_ago=3)
        swaps(colleague, other, twin, meter, hours_ago=2, removed_serial="OLD-2")
        handset.push()
        colleague.push()
        conflict = Conflict.objects.get()
        # Its author keeps their own side; the other one is the desk's to know.
        assert resolve(api, people.colleague, conflict, "device").json()["code"] == "role_required"
        assert resolve(api, people.technician, conflict, "device").status_code == 404
        colleague.pull()
        [mine] = colleague.collection("conflicts").values()
        assert "server_value" not in mine
        assert resolve(api, people.dispatcher, conflict, "device").status_code == 200
        for row in (asset, twin):
            row.refresh_from_db()
        assert (asset.serial, twin.serial) == ("OLD-1", "N-1")
        colleague.pull()
        assert colleague.replica() == fresh_phone(people.colleague).replica()

    def test_neither_may_be_right(self, api, people, handset, colleague, visit, other, asset, twin, meter):
        swaps(handset, visit, asset, meter, hours_ago=3)
        swaps(colleague, other, twin, meter, hours_ago=2, removed_serial="OLD-2")
        handset.push()
        colleague.push()
        conflict = Conflict.objects.get()
        refused = resolve(api, people.dispatcher, conflict, "edit", value={"serial": "N-7"})
        assert refused.status_code == 400
        value = {"installed_serial": "N-7"}
        assert resolve(api, people.dispatcher, conflict, "edit", value=value).status_code == 200
        for row in (asset, twin):
            row.refresh_from_db()
        assert (asset.serial, twin.serial) == ("N-1", "N-7")

    def test_what_happened_in_another_territory_is_not_told_here(
        self, people, handset, colleague, visit, other, asset, twin, meter
    ):
        south = Site.objects.create(territory=people.south, address="Harbour 1")
        swaps(handset, visit, asset, meter, hours_ago=3)
        handset.push()
        Asset.objects.filter(pk=asset.pk).update(site=south)
        swaps(colleague, other, twin, meter, hours_ago=2, removed_serial="OLD-2")
        assert colleague.push() == ["conflict"]
        assert set(Conflict.objects.get().server_value or {}) == {"occurred_at", "installed_serial"}

    def test_the_same_unit_is_taken_out_once(self, people, handset, colleague, visit, other, asset, meter):
        """Both say that they replaced OLD-1, each with another unit."""
        swaps(colleague, other, asset, meter, hours_ago=2, installed_serial="N-2")
        swaps(handset, visit, asset, meter, hours_ago=3)
        assert (colleague.push(), handset.push()) == (["applied"], ["applied"])
        asset.refresh_from_db()
        assert asset.serial == "N-1"
        conflict = Conflict.objects.get()
        assert conflict.device_by == people.colleague
        assert (conflict.device_value or {})["installed_serial"] == "N-2"

    def test_online_the_second_one_is_asked_to_read_again(
        self, people, do, world, handset, colleague, visit, other, asset, van
    ):
        """What is not followed unit by unit in the books is still one unit on the record."""
        seal = world.part("SEAL", aboard=1, technician=people.colleague)
        swaps(handset, visit, asset, seal, hours_ago=3)
        handset.push()
        do(people.colleague, other, "check-in", **HERE)
        body = {"asset_id": asset.pk, "part_id": seal.pk, "removed_serial": "OLD-1", "installed_serial": "N-2"}
        refused = do(people.colleague, other, "swap-part", **body)
        assert (refused["code"], refused["other"]["technician"]) == ("swap_disputed", "Tom Technician")
        assert (Swap.objects.count(), world.on_hand(seal, people.colleague)) == (1, 1)


def test_online_a_swap_is_made_by_the_same_command(people, do, visit, asset, meter):
    do(people.technician, visit, "check-in", **HERE)
    body = {"asset_id": asset.pk, "part_id": meter.pk, "removed_serial": "OLD-1", "installed_serial": "N-1"}
    told = do(people.technician, visit, "swap-part", **body)
    assert (told["removed_serial"], told["installed_serial"], told["yields"]) == ("OLD-1", "N-1", False)
    refused = do(people.technician, visit, "swap-part", **{**body, "installed_serial": "N-2"})
    assert refused["code"] in {"serial_elsewhere", "swap_disputed"}


def test_equipment_of_another_place_does_not_exist_here(people, handset, visit, meter):
    elsewhere = Site.objects.create(territory=people.north, address="Elsewhere 1")
    hidden = Asset.objects.create(site=elsewhere, kind="gas meter", serial="H-1")
    for thing in (hidden.pk, uuid7()):
        swaps(handset, visit, thing, meter)
    assert handset.push() == ["refused", "refused"]
    answers = [{**answer, "id": ""} for answer in handset.answers.values()]
    assert answers[0] == answers[1]
    assert answers[0]["code"] == "asset_unknown"
    assert not PartUse.objects.exists()


def test_equipment_that_was_moved_meanwhile_still_keeps_its_history(people, handset, visit, asset, meter):
    elsewhere = Site.objects.create(territory=people.north, address="Elsewhere 1")
    Asset.objects.filter(pk=asset.pk).update(site=elsewhere)
    swaps(handset, visit, asset, meter, hours_ago=2)
    assert handset.push() == ["applied"]
    assert Swap.objects.get().asset == asset
    handset.pull()
    assert handset.document("assets", asset) is None


def test_a_swap_on_a_visit_that_was_given_away_counts_for_whoever_did_it(people, do, handset, visit, asset, meter, van):
    do(people.dispatcher, visit, "reassign", technician_id=people.colleague.pk, reason="Nearer by.")
    swaps(handset, visit, asset, meter, hours_ago=2)
    assert handset.push() == ["applied"]
    swap = Swap.objects.get()
    assert (swap.visit.technician, swap.flags) == (people.technician, ["overtaken"])
    assert on_hand(meter, van) == 1
    asset.refresh_from_db()
    assert asset.serial == "N-1"


def test_a_unit_cannot_take_its_own_place(handset, visit, asset, meter):
    swaps(handset, visit, asset, meter, removed_serial="N-1")
    assert handset.push() == ["refused"]
    assert next(iter(handset.answers.values()))["code"] == "same_serial"


def test_a_serial_on_somebody_elses_record_is_written_once(site, handset, visit, asset, meter):
    Asset.objects.create(site=site, kind="gas meter", model="G4", serial="N-1")
    swaps(handset, visit, asset, meter)
    assert handset.push() == ["applied"]
    asset.refresh_from_db()
    assert asset.serial == ""
    assert Swap.objects.get().flags == ["serial_clash"]


def test_residents_see_the_unit_and_not_who_replaced_what(people, handset, visit, asset, meter, ticket):
    type(ticket).objects.update(asset=asset)
    swaps(handset, visit, asset, meter, hours_ago=1)
    handset.push()
    document = fresh_phone(people.resident).document("assets", asset)
    assert document
    assert document["serial"] == "N-1"
    assert "swaps" not in document
    assert "Tom Technician" not in str(document)


def test_a_late_swap_does_not_undo_a_newer_one(handset, phone, people, visit, asset, meter):
    second = phone(people.technician)
    second.does(
        "part.swap",
        hours_ago=1,
        visit_id=visit,
        asset_id=asset,
        part_id=meter,
        removed_serial="N-1",
        installed_serial="N-2",
    )
    second.push()
    swaps(handset, visit, asset, meter, hours_ago=timedelta(hours=3) / timedelta(hours=1))
    assert handset.push() == ["applied"]
    asset.refresh_from_db()
    assert asset.serial == "N-2"


def test_equipment_of_another_site_is_not_known_by_a_phone_that_has_only_named_it(people, handset, visit, meter):
    """A refused write of a document is withdrawn from the phone: nothing was shown to it by that."""
    elsewhere = Site.objects.create(territory=people.south, complex="Far", address="1")
    foreign = Asset.objects.create(site=elsewhere, kind="gas meter", model="G4", serial="OLD-9")
    row = {"newDocumentState": {"id": str(foreign.pk), "serial": "mine"}}
    assert handset.client.post("/api/v1/sync/rxdb/assets/push", [row]).status_code == 200
    handset.does("visit.check_in", visit_id=visit, **HERE)
    swaps(handset, visit, foreign, meter, removed_serial="OLD-9")
    assert handset.push() == ["applied", "refused"]
    foreign.refresh_from_db()
    assert foreign.serial == "OLD-9"
