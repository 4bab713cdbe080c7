"""A visit needs parts that its van does not have: its technician or the desk asks for them."""

import pytest

from notifications.models import Notice
from parts.models import Requisition
from sync.ids import uuid7
from tests.world import World
from tickets.service_types.models import ServiceTypePart

pytestmark = pytest.mark.django_db


@pytest.fixture
def visit(world: World):
    """A visit for which one had better have five valves and a hose; three valves are aboard."""
    valve, hose = world.part("valve", aboard=3), world.part("hose")
    ServiceTypePart.objects.create(service_type=world.service_type, part=valve, position=0, quantity=5)
    ServiceTypePart.objects.create(service_type=world.service_type, part=hose, position=1)
    return world.dispatched_visit()


def ask(client, visit, **body):
    return client.post(f"/api/v1/visits/{visit.pk}/ask-for-parts", body)


def wanted(answer) -> list[tuple[str, str]]:
    assert answer.status_code == 201, answer.content
    return [(line["part"]["number"], line["quantity"]) for line in answer.json()["lines"]]


def test_the_desk_asks_for_what_the_van_lacks_before_the_visit_begins(api, people, visit):
    assert people.storekeeper
    answer = ask(api(people.dispatcher), visit, reason="He drives past the depot.")
    assert wanted(answer) == [("valve", "2"), ("hose", "1")]
    requisition = Requisition.objects.get()
    assert (requisition.origin, requisition.visit_id, requisition.ticket_id) == ("visit", visit.pk, visit.ticket_id)
    assert (requisition.needed_by, requisition.requested_by) == (visit.window_start, people.dispatcher)
    assert requisition.location.keeper == people.technician
    assert Notice.objects.get(kind="requisition_submitted").user == people.storekeeper


def test_what_was_asked_for_already_is_not_asked_for_again(api, people, visit):
    ask(api(people.technician), visit)
    again = ask(api(people.dispatcher), visit)
    assert (again.status_code, again.json()["code"]) == (409, "nothing_missing")
    Requisition.objects.get().lines.filter(part__number="valve").update(quantity=1)
    assert wanted(ask(api(people.dispatcher), visit)) == [("valve", "1")]


def test_the_technician_asks_for_what_they_know_is_needed(api, people, world, visit):
    lines = [{"part_id": str(world.part("pump").pk), "quantity": "1", "note": "the tall one"}]
    body = {"id": str(uuid7()), "lines": lines}
    assert wanted(ask(api(people.technician), visit, **body)) == [("pump", "1")]
    assert ask(api(people.technician), visit, **body).json()["id"] == body["id"], "sent again it is the same"
    assert Requisition.objects.count() == 1


def test_nothing_is_asked_for_where_it_makes_no_sense(api, people, world, visit):
    colleagues = world.dispatched_visit(people.colleague)
    refused = ask(api(people.dispatcher), colleagues)
    assert (refused.status_code, refused.json()["code"]) == (409, "van_missing")
    api(people.dispatcher).post(f"/api/v1/visits/{visit.pk}/cancel", {"reason": "It works again."})
    refused = ask(api(people.dispatcher), visit)
    assert (refused.status_code, refused.json()["code"]) == (409, "visit_ended")
    assert not Requisition.objects.exists()


def test_strangers_ask_for_nothing(api, people, visit):
    assert ask(api(people.colleague), visit).status_code == 404
    assert ask(api(people.agent), visit).status_code == 403
