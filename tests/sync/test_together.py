"""A push whose operations are written together leaves the same behind as pushes of one operation each.

Drawn at random: what a technician may tell of visits of every fate, and a resident of their complaints; valid and not,
mixed; one depending on another; the same ids again. What the unit of work keeps in memory across refusals must not
show: not in a row, not in a document, not in an answer. `TOGETHER_EXAMPLES=2000` looks for longer.
"""

import json
import os
import re
from collections import Counter as Multiset
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from fieldsvc.time import now, time_is
from parts.models import Location, Part
from parts.requisitions.services import submit_requisition
from parts.stock.services import receive_parts
from parts.transfers.models import TransferLine
from parts.transfers.services import create_transfer, dispatch_transfer
from sync.commands import Actor
from tests.charges.conftest import Counter
from tests.phone import Phone, fresh_phone
from tests.sync import truth
from tests.world import World
from tickets.complaints.services import add_note
from tickets.models import Asset
from tickets.quotes.services import make_quote
from tickets.visits.crew import add_companion, hand_over_lead
from tickets.visits.services import (
    accept_visit,
    cancel_visit,
    check_in,
    complete_visit,
    edit_visit,
    reassign_visit,
    use_part,
)

MADE_HERE = re.compile(r"[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}|\b[0-9A-Z]{3}-[0-9A-Z]{3}\b", re.IGNORECASE)
"""Ids that the server makes, and reference numbers."""
OF_THE_FEED = {"sync_feedmark", "sync_feedscope", "sync_feedentry", "sync_feeddocument"}
"""Their numbers count commits; what they say is compared as documents."""
COUNT_STATEMENTS = {"sync_auditentry", "tickets_attendancemark", "tickets_doubtmark", "tickets_reportmark"}
"""What triggers write once per statement: fewer statements, fewer rows."""
OWN_IDS = [str(UUID(int=number)) for number in range(1, 6)]
"""Ids that the phone makes: few, so that it uses one twice."""
EXAMPLES = int(os.environ.get("TOGETHER_EXAMPLES", "25"))
ARTICLES = ["VALVE", "HOSE", "PUMP"]
VISITS = ["sent", "accepted", "on site", "next", "done", "called off", "given away", "foreign", "theirs", "along"]
MADE_LATER = {"done", "foreign", "theirs", "along"}


class Place:
    """A technician with visits of every fate, a van with a little of everything, equipment at the site."""

    def __init__(self, world: World) -> None:
        people = world.people
        tom = Actor(user=people.technician)
        self.ids: dict[str, str] = {}
        self.visits = {name: world.dispatched_visit() for name in VISITS if name not in MADE_LATER}
        self.visits["foreign"] = world.dispatched_visit(people.colleague)
        told: dict[str, Any] = {"actor": tom, "occurred_at": now()}
        desk: dict[str, Any] = {"actor": Actor(user=people.dispatcher), "occurred_at": now()}
        for name in ("accepted", "on site", "next"):
            accept_visit(visit_id=self.visits[name].pk, **told)
        check_in(visit_id=self.visits["on site"].pk, **told)
        edit_visit(visit_id=self.visits["on site"].pk, diagnosis="valve leaks\n", **told)
        valve = world.part("VALVE", aboard=3)
        use_part(visit_id=self.visits["on site"].pk, part_id=valve.pk, quantity=Decimal(1), **told)
        world.part("HOSE", aboard=1)
        pump = world.part("PUMP")
        Part.objects.filter(pk=pump.pk).update(tracking="serial")
        self.meter = Asset.objects.create(site=world.site, kind="meter", serial="S-0")
        note = add_note(ticket_id=self.visits["sent"].ticket_id, text="before", **told)
        self.ids |= self._papers(world, valve) | self._prices(world, valve) | self._crew(world)
        done = self.visits["done"] = world.dispatched_visit()
        for step in (accept_visit, check_in):
            step(visit_id=done.pk, **told)
        complete_visit(visit_id=done.pk, resolution_code="repaired", parts_answer="none", signed_by="Rosa", **told)
        self.phones = [fresh_phone(people.technician), fresh_phone(people.resident)]
        cancel_visit(visit_id=self.visits["called off"].pk, reason="not needed", **desk)
        start, end = world.window()
        reassign_visit(
            visit_id=self.visits["given away"].pk,
            technician_id=people.colleague.pk,
            reason="nearer",
            window_start=start,
            window_end=end,
            **desk,
        )
        for name, visit in self.visits.items():
            self.ids |= {f"visit {name}": str(visit.pk), f"ticket {name}": str(visit.ticket_id)}
        self.ids |= {f"part {part.number}": str(part.pk) for part in Part.objects.all()}
        self.ids |= {"meter": str(self.meter.pk), "note": str(note.pk), "van": str(world.van().pk)}
        self.ids["site"] = str(world.site.pk)

    def _papers(self, world: World, part: Part) -> dict[str, str]:
        """A transfer on its way to the van, and one that the technician asked for."""
        keeper = Actor(user=world.people.storekeeper)
        depot = Location.objects.create(code="D-N", name="Depot", kind="depot", territory=world.people.north)
        lines = [{"part_id": part.pk, "quantity": Decimal(5)}]
        receive_parts(actor=keeper, occurred_at=now(), location_id=depot.pk, lines=lines)
        transfer = create_transfer(
            actor=keeper, occurred_at=now(), lines=lines, from_location_id=depot.pk, to_location_id=world.van().pk
        )
        dispatch_transfer(actor=keeper, occurred_at=now(), transfer_id=transfer.pk)
        asked = submit_requisition(
            actor=Actor(user=world.people.technician), occurred_at=now(), location_id=world.van().pk, lines=lines
        )
        line = TransferLine.objects.get(transfer=transfer)
        return {"depot": str(depot.pk), "transfer": str(transfer.pk), "line": str(line.pk), "asked": str(asked.pk)}

    def _prices(self, world: World, part: Part) -> dict[str, str]:
        """What a repair and a valve cost, and a quote that waits for its answer."""
        counter = Counter(world.people, world)
        work, valve = counter.item("repair", 5000), counter.item("valve", 1250, part=part.number, aboard=0)
        quote = make_quote(
            actor=Actor(user=world.people.technician),
            occurred_at=now(),
            ticket_id=self.visits["on site"].ticket_id,
            visit_id=self.visits["on site"].pk,
            lines=[{"item_id": work.pk, "quantity": Decimal(1)}],
        )
        return {"work": str(work.pk), "valve": str(valve.pk), "quote": str(quote.pk)}

    def _crew(self, world: World) -> dict[str, str]:
        """A colleague goes along to the next visit; to theirs the technician does, and is asked to lead."""
        desk, colleague = Actor(user=world.people.dispatcher), world.people.colleague
        theirs = self.visits["theirs"] = world.dispatched_visit(colleague)
        along = self.visits["along"] = add_companion(
            actor=desk, occurred_at=now(), visit_id=theirs.pk, technician_id=world.people.technician.pk
        )
        hand_over_lead(actor=Actor(user=colleague), occurred_at=now(), visit_id=theirs.pk, companion_id=along.pk)
        companion = add_companion(
            actor=desk, occurred_at=now(), visit_id=self.visits["next"].pk, technician_id=colleague.pk
        )
        return {"companion": str(companion.pk)}

    def named(self, value: Any) -> Any:
        """What was drawn, with the ids of this place."""
        if isinstance(value, dict):
            return {name: self.named(item) for name, item in value.items()}
        if isinstance(value, list):
            return [self.named(item) for item in value]
        return self.ids.get(value, value) if isinstance(value, str) else value


visits = st.sampled_from([f"visit {name}" for name in VISITS] * 3 + ["note"] + OWN_IDS[:2] * 5)
tickets = st.sampled_from([f"ticket {name}" for name in VISITS] * 3 + ["note"] + OWN_IDS[:2] * 5)
parts = st.sampled_from([f"part {number}" for number in ARTICLES] * 3 + ["meter"])
own = st.sampled_from([*OWN_IDS, "note"])
serials = st.sampled_from(["", "S-0", "S-1", "S-2"])
lines = st.lists(st.sampled_from(["valve leaks", "seal worn", "no pressure"]), max_size=3).map("\n".join)
position = {"latitude": st.sampled_from([34.24, 34.9, 99.0, None]), "longitude": st.just(108.91), "id": own}
conditions = st.sampled_from(["good", "faulty"])
quantities = st.sampled_from(["1", "1", "2", "0.5", "0"])
crews = st.sampled_from(["visit along", "visit along", "visit next"])
quotes = st.sampled_from(["quote", "quote", *OWN_IDS])


def line_of(**data: SearchStrategy[Any]) -> SearchStrategy[Any]:
    return st.fixed_dictionaries(data)


received = st.fixed_dictionaries(
    {"line_id": st.sampled_from(["line", "line", "note"]), "quantity": st.sampled_from(["5", "4", "0", "6"])},
    optional={"damaged": st.sampled_from(["1", "9"]), "reason": st.just("wet")},
)


def told(kind: str, /, optional: dict[str, Any] | None = None, **data: SearchStrategy[Any]) -> SearchStrategy[Any]:
    return st.tuples(st.just(kind), st.fixed_dictionaries(data, optional=optional or {}))


OF_A_TECHNICIAN = st.one_of(
    told("visit.accept", visit_id=visits),
    told("visit.decline", visit_id=visits, reason=st.sampled_from(["ill", ""])),
    told("visit.travel", visit_id=visits),
    told("visit.check_in", position, visit_id=visits),
    told("visit.check_in", position, visit_id=visits),
    told("visit.check_out", position, visit_id=visits),
    told(
        "visit.edit",
        {"base": st.fixed_dictionaries({}, optional={"diagnosis": lines})},
        visit_id=visits,
        diagnosis=lines,
    ),
    told(
        "visit.edit",
        {"base": st.just({})},
        visit_id=visits,
        checklist_answers=st.dictionaries(st.sampled_from(["tight", "dry"]), st.sampled_from([True, None, 3])),
    ),
    told(
        "visit.complete",
        {"signed_by": st.just("Rosa")},
        visit_id=visits,
        resolution_code=st.sampled_from(["repaired", "repaired", "blessed"]),
        parts_answer=st.sampled_from(["none", "used"]),
    ),
    told(
        "visit.leave_incomplete",
        {"parts_needed": st.just("a pump")},
        visit_id=visits,
        reason=st.sampled_from(["no part", "no key"]),
        next_visit_wanted=st.booleans(),
    ),
    told("note.add", {"id": own, "internal": st.booleans(), "visit_id": visits}, ticket_id=tickets, text=lines),
    told("ticket.edit", {"base": st.just({"contact_name": "Rosa"})}, ticket_id=tickets, contact_name=lines),
    told("part.use", {"id": own, "serial": serials}, visit_id=visits, part_id=parts, quantity=quantities),
    told("part.use", {"id": own}, visit_id=visits, part_id=parts, quantity=quantities),
    told(
        "part.return",
        {"id": own, "serial": serials},
        visit_id=visits,
        part_id=parts,
        quantity=quantities,
        condition=conditions,
    ),
    told(
        "part.swap",
        {"id": own, "removed_serial": serials},
        visit_id=visits,
        asset_id=st.sampled_from(["meter", "note"]),
        part_id=parts,
        installed_serial=serials,
    ),
    told("shift.clock_in", {"id": own}),
    told("shift.clock_out", {"id": own}),
    told("visit.sign", {"id": own}, visit_id=visits, signed_by=st.sampled_from(["Rosa", ""])),
    told("visit.hand_over_lead", visit_id=visits, companion_id=st.sampled_from(["companion", "note", None])),
    told("visit.take_lead", visit_id=crews),
    told("visit.decline_lead", visit_id=crews, reason=st.just("no licence")),
    told(
        "part.provisional", {"model": st.just("X")}, id=own, name=st.sampled_from(["Gasket", ""]), unit=st.just("piece")
    ),
    told(
        "ticket.open",
        {"visit_id": st.sampled_from(OWN_IDS[:2])},
        id=st.sampled_from(OWN_IDS[:2]),
        service_type=st.sampled_from(["leak", "leak", "flood"]),
        source=st.just("patrol"),
        address=st.just("Meter room"),
    ),
)
OF_A_STORE = st.one_of(
    told(
        "transfer.receive",
        {"id": own},
        transfer_id=st.sampled_from(["transfer", "transfer", "note"]),
        lines=st.lists(received, min_size=1, max_size=2),
    ),
    told(
        "stocktake.count",
        {"id": own},
        location_id=st.sampled_from(["van", "van", "depot"]),
        kind=st.sampled_from(["full", "cycle"]),
        lines=st.lists(line_of(part_id=parts, quantity=quantities, condition=conditions), max_size=3),
    ),
    told(
        "requisition.submit",
        {"id": own, "visit_id": visits},
        location_id=st.sampled_from(["van", "van", "depot"]),
        lines=st.lists(line_of(part_id=parts, quantity=quantities), min_size=1, max_size=2),
    ),
    told("requisition.cancel", requisition_id=st.sampled_from(["asked", "asked", *OWN_IDS])),
    told("part.use", {"id": own}, visit_id=visits, part_id=parts, quantity=quantities),
)
OF_MONEY = st.one_of(
    told(
        "quote.make",
        {"visit_id": visits, "id": own, "total": st.sampled_from([5000, 5650, 1])},
        ticket_id=tickets,
        lines=st.lists(line_of(item_id=st.sampled_from(["work", "valve", "note"]), quantity=quantities), max_size=2),
    ),
    told(
        "quote.answer",
        {"signed_by": st.just("Rosa"), "signature_id": own},
        quote_id=quotes,
        accepted=st.booleans(),
    ),
    told("quote.withdraw", {"reason": st.just("wrong item")}, quote_id=quotes),
    told(
        "payment.take",
        {"id": own},
        ticket_id=tickets,
        amount=st.sampled_from([5000, 5650, 0]),
        currency=st.sampled_from(["CNY", "CNY", "EUR"]),
        receipt_number=st.sampled_from(["R-1", "R-2"]),
    ),
    told("visit.sign", {"id": own}, visit_id=visits, signed_by=st.just("Rosa")),
    told(
        "visit.complete",
        {"signed_by": st.just("Rosa")},
        visit_id=visits,
        resolution_code=st.just("repaired"),
        parts_answer=st.just("used"),
    ),
    told("part.use", {"id": own}, visit_id=visits, part_id=parts, quantity=quantities),
)
OF_A_RESIDENT = st.one_of(
    told("ticket.rate", {"id": own, "comment": lines}, ticket_id=tickets, score=st.integers(0, 5)),
    told("ticket.rate", {"id": own}, ticket_id=tickets, score=st.just(5)),
    told("ticket.confirm", ticket_id=tickets),
    told("ticket.reopen", ticket_id=tickets, reason=st.sampled_from(["drips again", ""])),
    told("ticket.cancel", ticket_id=tickets, reason=st.just("repaired it myself")),
    told("message.send", {"id": own}, ticket_id=tickets, text=lines),
    told(
        "ticket.open",
        id=st.sampled_from(OWN_IDS[:2]),
        service_type=st.sampled_from(["leak", "flood"]),
        site_id=st.just("site"),
    ),
)


def pushes_of(operations: SearchStrategy[Any]) -> SearchStrategy[list[Any]]:
    """Operations, each with how many operations earlier the one stands on which it depends, if there is such a one."""
    earlier = st.one_of(st.just(0), st.just(0), st.just(0), st.integers(1, 9))
    return st.lists(st.tuples(operations, earlier), min_size=2, max_size=14)


PUSHES = st.one_of(
    st.tuples(st.just(0), pushes_of(OF_A_TECHNICIAN)),
    st.tuples(st.just(0), pushes_of(OF_A_TECHNICIAN)),
    st.tuples(st.just(0), pushes_of(st.one_of(OF_A_TECHNICIAN, OF_A_STORE, OF_MONEY))),
    st.tuples(st.just(0), pushes_of(OF_A_STORE)),
    st.tuples(st.just(0), pushes_of(OF_MONEY)),
    st.tuples(st.just(1), pushes_of(OF_A_RESIDENT)),
)


def told_by(phone: Phone, place: Place, drawn: list[Any]) -> list[dict[str, Any]]:
    """The operations of the drawn steps, as the phone would send them."""
    phone.outbox = []
    for (kind, data), earlier in drawn:
        before = phone.outbox[-earlier]["id"] if 0 < earlier <= len(phone.outbox) else None
        phone.does(kind, hours_ago=1, depends_on=[before] if before else None, **place.named(data))
    return phone.outbox


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def left_behind(phone: Phone, place: Place, pushes: list[list[dict[str, Any]]]) -> dict[str, Any]:
    """What there is after these pushes: the rows of every table, the documents of every scope, the answers."""
    known = {*place.ids.values(), *OWN_IDS, *(operation["id"] for push in pushes for operation in push)}
    known |= {str(phone.user.pk), str(phone.device.pk)}
    with undone():
        answers = []
        for operations in pushes:
            phone.outbox = operations
            response = phone.client.post("/api/v1/sync/push", phone.envelope())
            assert response.status_code == 200, response.content
            answers += [_comparable(result, known) for result in response.json()["results"]]
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        assert truth.differences() == []
        documents = [[key, body] for key, body in truth.fed().items()]
        found = {
            "answers": Multiset(f"{n} {a}" for n, a in enumerate(answers)),
            "documents": Multiset(_comparable(document, known) for document in documents),
        }
        return {**found, **_rows(known)}


def _rows(known: set[str]) -> dict[str, Multiset[str]]:
    rows = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table not in OF_THE_FEED | COUNT_STATEMENTS:
                cursor.execute(f'SELECT to_jsonb(row) FROM "{table}" AS row')
                rows[table] = Multiset(_comparable(json.loads(row), known) for (row,) in cursor.fetchall())
    return rows


def _comparable(value: Any, known: set[str]) -> str:
    """As text; ids that the server makes are all the same, and numbers that only count rows are left out."""
    if isinstance(value, dict) and isinstance(value.get("id"), int):
        value = {name: item for name, item in value.items() if name != "id"}
    text = json.dumps(value, sort_keys=True)
    return MADE_HERE.sub(lambda match: match[0] if match[0] in known else "*", text)


@pytest.fixture
def place(world: World) -> Iterator[Place]:
    with time_is(now()):
        yield Place(world)


@pytest.mark.django_db
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(drawn=PUSHES)
def test_operations_in_one_push_leave_the_same_behind_as_operations_one_by_one(place: Place, drawn: Any):
    phone = place.phones[drawn[0]]
    operations = told_by(phone, place, drawn[1])
    together = left_behind(phone, place, [operations])
    alone = left_behind(phone, place, [[operation] for operation in operations])
    differ = {
        name: (list((together[name] - alone[name]).elements()), list((alone[name] - together[name]).elements()))
        for name in together
        if together[name] != alone[name]
    }
    assert not differ, json.dumps([drawn, differ], indent=1)
