"""Random histories: phones that lose signal and replies, a desk that reassigns behind them; then the laws are checked.

`History(seed)` is the same history every time, as far as its parts run one after the other. What the phones do is
chosen from what *they* know, which may be long out of date: that is the point.
"""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import pairwise
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Model, QuerySet

from fieldsvc.errors import DomainError
from fieldsvc.time import now
from parts.models import Part, Requisition, StockMovement
from parts.stock.proof import differences
from sync.commands import Actor
from sync.feed.services import look_again
from sync.ids import uuid7
from sync.models import Conflict, Receipt
from sync.sql import execute
from tests.phone import SCHEMA, Phone, fresh_phone
from tests.sync import truth
from tests.world import World
from tickets.complaints.services import edit_ticket
from tickets.models import Asset, Attachment, CheckIn, Note, PartUse, Rating, Swap, Ticket, TicketEvent, Visit
from tickets.visits.services import cancel_visit, reassign_visit

M = TypeVar("M", bound=Model)
DONE = {"resolution_code": "repaired", "parts_answer": "used", "signed_by": "Rosa"}
KEPT = {"applied", "merged", "conflict"}
ABOUT_TICKETS = ("notes", "attachments")
"""What only those hold who hold the ticket."""


class History:
    """Two technicians, one of them with two phones, a resident with a phone, and a dispatcher."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.chance = random.Random(seed)
        people = world.people
        self.technicians = [people.technician, people.colleague]
        self.parts = [
            world.part(number, aboard=2, technician=technician)
            for number in ("VALVE", "HOSE")
            for technician in self.technicians
        ][::2]
        self.meter = Asset.objects.create(site=world.site, kind="meter", serial="S-0")
        for _ in range(3):
            world.dispatched_visit(self.chance.choice(self.technicians))
        self.phones = [fresh_phone(user) for user in (*self.technicians, people.technician)]
        self.residents_phone = fresh_phone(people.resident)
        self.sent: dict[str, tuple[Phone, dict[str, Any]]] = {}
        self.tokens = 0

    @property
    def everybody(self) -> Sequence[Phone]:
        """All phones."""
        return [*self.phones, self.residents_phone]

    # What may happen

    def steps(self) -> list[Callable[[], None]]:
        """Everything that may happen next, the likelier the more often it is named."""
        return [
            *[self.somebody_works] * 12,
            self.somebody_patrols,
            self.somebody_decides,
            self.a_shift_begins_or_ends,
            *[self.somebody_pushes] * 3,
            self.a_reply_is_lost,
            *[self.somebody_pulls] * 2,
            self.a_ticket_comes_in,
            self.a_visit_is_given_away,
            self.a_visit_is_cancelled,
            self.the_desk_edits,
            self.something_is_written_behind_the_services,
        ]

    def play(self, length: int) -> None:
        """So many steps."""
        for _ in range(length):
            self.chance.choice(self.steps())()

    def somebody_works(self, phone: Phone | None = None) -> None:
        phone = phone or self.chance.choice(self.phones)
        visits = list(phone.collection("visits").values())
        if not visits:
            return
        visit = self.chance.choice(visits)
        data: dict[str, Any] = {"visit_id": visit["id"]}
        self.tokens += 1
        kind = self.chance.choice(
            [
                *("visit.accept", "visit.travel", "visit.check_in", "visit.edit", "part.use", "part.return"),
                *("part.swap", "note.add", "ticket.edit", "visit.complete", "visit.leave_incomplete"),
            ]
        )
        if kind == "visit.edit":
            seen = visit["diagnosis"]
            data |= {
                "diagnosis": f"{seen}\nfinding {phone.device.pk} {self.tokens}".strip(),
                "base": {"diagnosis": seen},
            }
            visit["diagnosis"] = data["diagnosis"]  # as an app would show it before the server has answered
        elif kind == "part.use":
            data |= {"part_id": self.chance.choice(self.parts).pk, "quantity": "1"}
        elif kind == "part.return":
            data |= {"part_id": self.chance.choice(self.parts).pk, "quantity": "1"}
            data |= {"condition": self.chance.choice(["good", "faulty"])}
        elif kind == "part.swap":
            # What it is now by the phone's own replica; two phones may well take out the same unit.
            seen = phone.document("assets", self.meter)
            data |= {"asset_id": self.meter.pk, "part_id": self.chance.choice(self.parts).pk}
            data |= {"removed_serial": seen["serial"] if seen else "S-0", "installed_serial": f"S-{self.tokens}"}
        elif kind == "visit.leave_incomplete":
            data |= {"reason": "no part", "next_visit_wanted": True, "parts_needed": f"part {self.tokens}"}
        elif kind == "note.add":
            data = {"ticket_id": visit["ticket_id"], "text": f"note {phone.device.pk} {self.tokens}"}
        elif kind == "ticket.edit":
            ticket = phone.collection("tickets").get(visit["ticket_id"], {"contact_name": ""})
            data = {"ticket_id": visit["ticket_id"], "base": {"contact_name": ticket["contact_name"]}}
            data["contact_name"] = ticket["contact_name"] = f"caller {phone.device.pk} {self.tokens}"
        elif kind == "visit.complete":
            data |= DONE
        elif kind == "visit.check_in":
            data |= {"latitude": 34.24, "longitude": 108.91, "accuracy_m": 10}
        earlier = phone.outbox[-1]["id"] if phone.outbox and self.chance.random() < 0.2 else None
        phone.does(kind, hours_ago=self.chance.random() * 6, depends_on=[earlier] if earlier else None, **data)

    def somebody_patrols(self) -> None:
        phone = self.chance.choice(self.phones)
        self.tokens += 1
        found: dict[str, Any] = {"id": uuid7(), "service_type": self.world.service_type.code, "source": "patrol"}
        where: dict[str, Any] = {"address": f"Meter room {self.tokens}", "territory_id": self.world.people.north}
        phone.does("ticket.open", hours_ago=self.chance.random() * 6, **found, **where)

    def a_shift_begins_or_ends(self) -> None:
        phone = self.chance.choice(self.phones)
        kind = self.chance.choice(["shift.clock_in", "shift.clock_out"])
        phone.does(kind, hours_ago=self.chance.random() * 6, latitude=34.24, longitude=108.91, accuracy_m=10)

    def somebody_decides(self) -> None:
        """About a conflict, as far as the phone knows it open."""
        phone = self.chance.choice(self.phones)
        open_ones = [one["id"] for one in phone.collection("conflicts").values() if one["status"] == "open"]
        if open_ones:
            keep = self.chance.choice(["server", "device"])
            phone.does("conflict.resolve", conflict_id=self.chance.choice(open_ones), keep=keep)

    def somebody_pushes(self, phone: Phone | None = None) -> None:
        phone = phone or self.chance.choice(self.phones)
        self._remember(phone)
        phone.push()

    def a_reply_is_lost(self, phone: Phone | None = None) -> None:
        phone = phone or self.chance.choice(self.phones)
        self._remember(phone)
        phone.push(reply_is_lost=True)

    def _remember(self, phone: Phone) -> None:
        self.sent.update({operation["id"]: (phone, operation) for operation in phone.outbox})

    def somebody_pulls(self, phone: Phone | None = None) -> None:
        """A phone pulls; edits that still wait in its outbox stay visible on it, as in an app."""
        phone = phone or self.chance.choice([*self.everybody])
        phone.pull(limit=self.chance.choice([1, 7, None]))

    def a_ticket_comes_in(self) -> None:
        self.world.dispatched_visit(self.chance.choice(self.technicians))

    def a_visit_is_given_away(self) -> None:
        visit = self._some(Visit.objects.filter(status__in=Visit.ACTIVE))
        if visit is None:
            return
        other = next(person for person in self.technicians if person.pk != visit.technician_id)
        start, end = self.world.window()
        self._desk(
            reassign_visit,
            visit_id=visit.pk,
            technician_id=other.pk,
            reason="nearer",
            window_start=start,
            window_end=end,
        )

    def a_visit_is_cancelled(self) -> None:
        visit = self._some(Visit.objects.filter(status__in=Visit.ACTIVE))
        if visit is not None:
            self._desk(cancel_visit, visit_id=visit.pk, reason="not needed")

    def the_desk_edits(self) -> None:
        ticket = self._some(Ticket.objects.all())
        assert ticket is not None
        self._desk(edit_ticket, ticket_id=ticket.pk, contact_name=f"contact {self.tokens}")

    def something_is_written_behind_the_services(self) -> None:
        self.tokens += 1
        with connection.cursor() as cursor:
            cursor.execute("UPDATE parts_part SET name = %s WHERE number = 'HOSE'", [f"Hose {self.tokens}"])
            cursor.execute(
                "UPDATE tickets_ticket SET access_notes = %s WHERE id = (SELECT id FROM tickets_ticket LIMIT 1)",
                [f"gate code {self.tokens}"],
            )

    def _some(self, rows: QuerySet[M]) -> M | None:
        """One of them, the same one in every play of this history."""
        found = list(rows.order_by("pk"))
        return self.chance.choice(found) if found else None

    def _desk(self, service: Callable[..., object], **arguments: Any) -> None:
        with suppress(DomainError):  # the desk may be too late, too
            service(actor=Actor(user=self.world.people.dispatcher), occurred_at=now(), **arguments)

    # What must be true in the end

    def comes_to_rest(self) -> None:
        """Everybody has signal again: outboxes are emptied, the worker looks twice, everybody pulls."""
        for phone in self.everybody:
            self._remember(phone)
            phone.push()
            assert phone.outbox == []
        look_until_nothing_is_left()
        for phone in self.everybody:
            phone.pull()

    def laws(self) -> dict[str, Callable[[], None]]:
        """What is checked, in this order. Each raises AssertionError; those that write something come last."""
        return {
            "law 1: what was answered still is the answer": self.answers_stand,
            "laws 1, 2, 8: every operation has one receipt, and its effect once": (
                self.nothing_acknowledged_is_lost_and_everything_counts_once
            ),
            "law 1: what was decided about conflicts stands": self.decisions_stand,
            "laws 3, 4, 11: the feed tells what the rows tell": self.the_feed_tells_the_truth,
            "law 5: the feed is numbered without a gap that a cursor could fall into": self.the_feed_is_in_order,
            "law 3: replicas equal fresh downloads": self.replicas_equal_fresh_ones,
            "law 3: replicas equal the digest": self.replicas_equal_the_digest,
            "law 4: nobody holds what is not theirs": self.nobody_holds_what_is_not_theirs,
            "law 6: no value was dropped in silence": self.no_value_was_dropped_in_silence,
            "law 7: stock is the sum of its movements": self.stock_is_the_sum_of_its_movements,
            "law 8: operations of a phone were applied in its order": self.operations_kept_their_order,
            "laws 2, 9: everything once more changes nothing, and is answered the same": (
                self.repeating_everything_changes_nothing
            ),
            "law 10: whoever is ahead of us loses nothing": self.phones_of_the_future_lose_nothing,
            "law 12: only what has changed comes": self.only_what_has_changed_comes,
        }

    def check(self) -> None:
        """The laws."""
        for law in self.laws().values():
            law()

    def answers_stand(self) -> None:
        """Law 1: whatever a phone was told is what we know."""
        receipts = self.answers()
        for phone in self.everybody:
            for operation_id, answer in phone.answers.items():
                assert receipts.get(operation_id) == answer["status"], (operation_id, answer)

    def decisions_stand(self) -> None:
        answers = self.answers()
        for operation_id, (_, operation) in self.sent.items():
            if operation["kind"] == "conflict.resolve" and answers[operation_id] in KEPT:
                conflict = Conflict.objects.get(pk=operation["data"]["conflict_id"])
                assert (conflict.status, conflict.keep) == ("resolved", operation["data"]["keep"])

    def the_feed_is_in_order(self) -> None:
        """Law 5: in each scope each number stands once, and the counter is at the last of them."""
        wrong = execute(
            "SELECT scope.name, scope.last_seq, count(*), count(DISTINCT entry.seq), max(entry.seq) "
            "FROM sync_feedscope scope JOIN sync_feedentry entry ON entry.scope_id = scope.id "
            "GROUP BY 1, 2 HAVING count(*) <> count(DISTINCT entry.seq) OR max(entry.seq) <> scope.last_seq"
        )
        assert wrong == []

    def replicas_equal_the_digest(self) -> None:
        for phone in self.everybody:
            wrong = phone.repair()
            assert not wrong, (phone.user.name, wrong)

    def stock_is_the_sum_of_its_movements(self) -> None:
        found = differences()
        assert not found, found

    def operations_kept_their_order(self) -> None:
        """As receipts were written. What we failed at and what came again later is out of order by promise."""
        for phone in self.everybody:
            receipts = Receipt.objects.filter(device=phone.device).order_by("pk").values_list("seq", flat=True)
            turned = [(before, after) for before, after in pairwise(receipts) if before > after]
            assert not turned, (phone.user.name, turned)

    def phones_of_the_future_lose_nothing(self) -> None:
        """Law 10: nothing of what they say is judged, so that they can say it again."""
        before = _everything()
        for phone in self.everybody:
            phone.does("note.add", ticket_id=uuid7(), text="in words to come")
            answer = phone.client.post("/api/v1/sync/push", {**phone.envelope(), "schema": SCHEMA + 1})
            assert (answer.status_code, answer.json()["code"]) == (409, "schema_unknown")
            phone.outbox.pop()
        assert _everything() == before

    def only_what_has_changed_comes(self) -> None:
        """Law 12: nothing to those whose documents stayed as they were, and of the others those that did not."""
        for phone in self.everybody:
            _pulls_what_has_changed(phone)
            assert phone.pull() == 0, phone.user.name
        author = next((phone for phone in self.phones if phone.collection("tickets")), None)
        if author is not None:
            ticket = next(iter(author.collection("tickets")))
            author.does("note.add", ticket_id=ticket, text="one more", internal=True)
            self._remember(author)
            author.push()
            assert _pulls_what_has_changed(author)
            for phone in self.everybody:
                _pulls_what_has_changed(phone)

    def answers(self) -> dict[str, str]:
        """What was answered to each operation, by our receipts."""
        return {str(receipt.operation_id): receipt.status for receipt in Receipt.objects.all()}

    def nothing_acknowledged_is_lost_and_everything_counts_once(self) -> None:
        """Laws 1, 2, 8: every operation sent has one receipt, and each fact that was kept stands once."""
        answers = self.answers()
        assert set(answers) == set(self.sent)
        kept = Counter(
            operation["kind"] for operation_id, (_, operation) in self.sent.items() if answers[operation_id] in KEPT
        )
        assert Swap.objects.count() == kept["part.swap"]
        assert PartUse.objects.filter(kind="used").count() == kept["part.use"] + kept["part.swap"]
        assert StockMovement.objects.filter(reason="use").count() == kept["part.use"] + kept["part.swap"]
        assert StockMovement.objects.filter(reason="return").count() == kept["part.return"] + kept["part.swap"]
        shifts = kept["shift.clock_in"] + kept["shift.clock_out"]
        assert CheckIn.objects.filter(visit=None).count() == shifts
        assert CheckIn.objects.count() == kept["visit.check_in"] + shifts
        assert Ticket.objects.filter(source__in=("patrol", "app")).count() == kept["ticket.open"]
        assert Note.objects.count() == kept["note.add"] + kept["message.send"]
        assert Attachment.objects.count() == kept["attachment.add"] + kept["visit.sign"]
        assert Rating.objects.count() == kept["ticket.rate"]
        assert Part.objects.filter(proposed_by__isnull=False).count() == kept["part.provisional"]
        assert Requisition.objects.count() == kept["requisition.submit"]
        for operation_id, (_, operation) in self.sent.items():
            if operation["depends_on"] and answers[operation["depends_on"][0]] not in KEPT:
                assert answers[operation_id] == "blocked"

    def the_feed_tells_the_truth(self) -> None:
        """Laws 3, 4 and 11: told from the rows, as the feed cannot be its own witness."""
        assert truth.differences() == []

    def replicas_equal_fresh_ones(self) -> None:
        """Law 3."""
        for phone in self.everybody:
            fresh = fresh_phone(phone.user, phone.schema)
            mine, theirs = phone.replica(), fresh.replica()
            differ = {
                key: (mine.get(key), theirs.get(key)) for key in {*mine, *theirs} if mine.get(key) != theirs.get(key)
            }
            assert differ == {}

    def nobody_holds_what_is_not_theirs(self) -> None:
        """Law 4, by another way than the feed's own."""
        for phone in self.phones:
            own = {str(pk) for pk in Visit.objects.filter(technician=phone.user).values_list("pk", flat=True)}
            assert set(phone.collection("visits")) <= own
            held = Visit.objects.filter(technician=phone.user).exclude(status="cancelled")
            found = Ticket.objects.filter(source="patrol", opened_by=phone.user).values_list("pk", flat=True)
            tickets = {*held.values_list("ticket", flat=True), *found}
            about = {document["ticket_id"] for name in ABOUT_TICKETS for document in phone.collection(name).values()}
            assert {*phone.collection("tickets"), *about} <= {str(pk) for pk in tickets}
        theirs = set(Ticket.objects.filter(resident=self.residents_phone.user).values_list("pk", flat=True))
        assert set(self.residents_phone.collection("tickets")) <= {str(pk) for pk in theirs}
        internal = set(Note.objects.filter(internal=True).values_list("text", flat=True))
        text = str(self.residents_phone.replica())
        assert not [note for note in internal if note in text]

    def no_value_was_dropped_in_silence(self) -> None:
        """Law 6: findings are in the diagnosis, names were the ticket's once, swaps stand; or a conflict tells it."""
        answers = self.answers()
        edits = TicketEvent.objects.filter(kind="ticket_edited").values_list("data", flat=True)
        timeline = "\n".join(str(data) for data in edits)
        diagnoses = "\n".join(Visit.objects.values_list("diagnosis", flat=True))
        values = Conflict.objects.values_list("server_value", "device_value", "resolved_value")
        disputed = "\n".join(str(value) for row in values for value in row)
        for operation_id, (_, operation) in self.sent.items():
            if operation["kind"] == "visit.edit" and answers[operation_id] in KEPT:
                finding = operation["data"]["diagnosis"].splitlines()[-1]
                assert finding in diagnoses or finding in disputed, operation_id
            if operation["kind"] == "ticket.edit" and answers[operation_id] in KEPT:
                name = operation["data"]["contact_name"]
                assert name in timeline or name in disputed, operation_id
        claims = Conflict.objects.filter(kind="unique")
        for swap in Swap.objects.filter(yields=True):
            assert str(swap.pk) in disputed, swap.pk
        for conflict in claims.filter(status="open"):
            told = conflict.device_value or {}
            assert Swap.objects.get(pk=told["swap_id"]).yields, conflict.pk
        newest = Swap.objects.filter(yields=False).last()
        self.meter.refresh_from_db()
        assert self.meter.serial == (newest.installed_serial if newest else "S-0")

    def repeating_everything_changes_nothing(self) -> None:
        """Laws 2 and 9: a restored backup sends it all once more, and hears the same."""
        before, answers = _everything(), self.answers()
        for phone in self.everybody:
            operations = [operation for owner, operation in self.sent.values() if owner is phone]
            phone.outbox = [dict(operation) for operation in operations]
            assert phone.push() == [answers[operation["id"]] for operation in operations]
        assert _everything() == before


def _pulls_what_has_changed(phone: Phone) -> int:
    """How many documents came, each of which is another one now."""
    had = phone.replica()
    came, has = phone.pull(), phone.replica()
    changed = [key for key in {*had, *has} if had.get(key) != has.get(key)]
    assert came == len(changed), (phone.user.name, came, changed)
    return came


def look_until_nothing_is_left() -> None:
    """The worker's second looks. Within one transaction nothing is invisible, and nothing ever due.

    A look waits for every transaction of its time, also those of other databases, where other tests have one for
    minutes. Those write nothing here: once none of this database is left, the time has come.
    """
    look_again()
    while not connection.in_atomic_block and execute("SELECT 1 FROM sync_feedmark WHERE horizon IS NOT NULL LIMIT 1"):
        execute(
            "UPDATE sync_feedmark SET horizon = 1 WHERE horizon > 1 AND NOT EXISTS (SELECT 1 FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_xid IS NOT NULL)"
        )
        look_again()


def _everything() -> list[Any]:
    counts: list[Any] = [
        model.objects.count()
        for model in (Note, PartUse, CheckIn, StockMovement, Conflict, Receipt, Swap, Ticket, Visit)
    ]
    return counts + sorted(Visit.objects.values_list("pk", "status", "diagnosis"))
