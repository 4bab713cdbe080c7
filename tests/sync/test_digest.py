"""Law 3, proved: a replica shows that it is equal, or finds and repairs exactly its difference."""

import json
import math
import random
import struct
import subprocess
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from accounts.models import Role, RoleGrant, User
from parts.models import Part
from sync.canonical import canonical
from sync.ids import uuid7
from tests.clients.node import NODE
from tests.people import People
from tests.phone import Phone, fresh_phone
from tests.world import World

pytestmark = pytest.mark.django_db

SCRIPT = Path(__file__).parents[1] / "clients" / "canonical.mjs"


@pytest.fixture
def phone(people: People, world: World) -> Phone:
    for _ in range(3):
        world.dispatched_visit()
    Part.objects.bulk_create(Part(number=f"P{number}", name=f"Part {number}") for number in range(40))
    return fresh_phone(people.technician)


def test_a_replica_that_is_equal_finds_nothing(phone: Phone):
    assert phone.repair() == set()
    assert phone.digest()["collections"]["parts"]["count"] == 40


def test_a_replica_of_somebody_with_two_views_of_a_document_is_equal_too(phone: Phone, people: People, world: World):
    RoleGrant.objects.create(user=people.technician, role=Role.DISPATCHER, territory=people.north)
    ticket = world.ticket(people.resident)
    assert ("tickets", str(ticket.pk)) in phone.repair()
    phone.pull()
    assert phone.repair() == set()


@pytest.mark.parametrize("seed", range(3))
def test_a_damaged_replica_finds_and_repairs_exactly_its_difference(phone: Phone, people: People, seed: int):
    chance = random.Random(seed)
    damaged = set(chance.sample(sorted(phone.documents), 6))
    for number, key in enumerate(sorted(damaged)):
        if number % 2:
            del phone.documents[key]
        else:
            phone.documents[key] = phone.documents[key] | {"id": "changed by a fault of the store"}
    invented = ("visits", str(uuid7()))
    phone.documents[invented] = {"id": invented[1]}
    assert phone.repair() == {*damaged, invented}
    assert phone.replica() == fresh_phone(people.technician).replica()
    assert phone.repair() == set()
    assert phone.pull() == 0


def test_what_the_desk_did_meanwhile_is_a_difference_that_can_be_repaired_too(phone: Phone, people: People):
    Part.objects.filter(number="P7").update(name="Renamed")
    Part.objects.filter(number="P8").delete()
    assert len(phone.repair()) == 2
    assert phone.replica() == fresh_phone(people.technician).replica()


@pytest.mark.parametrize("stranger", ["colleague", "neighbour", "southern_dispatcher"])
def test_a_stranger_cannot_tell_a_hidden_document_from_one_that_does_not_exist(
    phone: Phone, people: People, world: World, stranger: str
):
    person: User = getattr(people, stranger)
    hidden, invented = str(world.dispatched_visit().pk), str(uuid7())
    answers = fresh_phone(person).documents_named("visits", [hidden, invented])
    assert [change | {"id": ""} for change in answers] == [
        {"collection": "visits", "id": "", "version": 0, "deleted": True, "doc": None}
    ] * 2


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"collection": "secrets"}, "collection"),
        ({"collection": "parts", "bucket": "g"}, "bucket"),
        ({"bucket": "a"}, "collection"),
    ],
)
def test_a_digest_of_what_does_not_exist_is_refused(phone: Phone, query: dict[str, str], field: str):
    answer = phone.client.get("/api/v1/sync/digest", query)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)


def test_no_more_than_a_thousand_documents_may_be_named(phone: Phone):
    body = {"collection": "parts", "ids": [str(uuid7()) for _ in range(1001)]}
    answer = phone.client.post("/api/v1/sync/documents", body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "ids")


def values(chance: random.Random) -> Any:
    """Documents with everything that JSON can say."""
    numbers = [0.0, -0.0, 1.0, 34.24, 1e21, 1e-7, 5e-324, 1.7976931348623157e308, 2**53, -17, 123456789012345680000.0]
    numbers += [x for x in (struct.unpack("<d", chance.randbytes(8))[0] for _ in range(200)) if math.isfinite(x)]
    numbers += [chance.uniform(-180, 180) for _ in range(50)] + [float(10**exponent) for exponent in range(-10, 25)]
    texts = ["阀门", "\u2028", "\x7f", "\x01\b\f\n\r\t", '"\\/', "😀", "\ufb33", "é", ""]
    return [{"n": number} for number in numbers] + [{text: [text, {text: None}] for text in texts}, [True, [], {}]]


def test_canonical_json_is_what_javascript_makes_of_it():
    """RFC 8785: the server and a client in JavaScript come to the same text, for any number and any name."""
    lines = [json.dumps(value) for value in values(random.Random(8785))]
    made = subprocess.run([NODE, SCRIPT], input="\n".join(lines), capture_output=True, text=True, check=True).stdout
    theirs = [json.loads(line) for line in made.strip().split("\n")]
    ours = [canonical(line) for line in lines]
    assert [[text.decode(), sha256(text).hexdigest()] for text in ours] == theirs
