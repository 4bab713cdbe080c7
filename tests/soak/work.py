"""Who works: technicians with phones, each with a chance of their own, and desks. All of them over real HTTP."""

import os
from collections.abc import Callable
from contextlib import suppress
from copy import copy
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from random import Random
from typing import Any

import psycopg
from django.db.models import Model

from accounts.models import User
from fieldsvc.time import now
from parts.models import Transfer
from sync.ids import uuid7
from tests.phone import SCHEMA, Document, Phone
from tests.soak.weather import Line, NoSignal, changing
from tests.sync.history import History
from tests.uploads.sending import UPLOADS, picture, told
from tickets.models import Ticket, Visit

PORTION = 50
"""So many operations go in one push. What is sent in small portions gets through between two kills."""
PIECE = 20_000
"""So many bytes go in one piece."""


@dataclass
class Content:
    """Bytes that a phone has to send, by tus."""

    data: bytes
    begun: bool = False
    """The office has said that it knows of them."""
    there: int = 0
    """So many are in the office, by its own words."""
    in_doubt: bool = True
    """An answer got lost: the office has to be asked how many it has."""

    @property
    def is_there(self) -> bool:
        return self.there == len(self.data)


class FieldPhone(Phone):
    """A phone that hangs on a real line, and tries again later when no answer came. It may speak an old version."""

    def __init__(self, user: User, url: str, chance: Random, schema: int = SCHEMA) -> None:
        super().__init__(user)
        self.schema = schema
        self.contents: dict[str, Content] = {}
        self.must_start_over = False
        _, token = self.client._credentials["HTTP_AUTHORIZATION"].split()  # type: ignore[attr-defined]
        self.line = Line(url, token, changing(chance))
        self.client = self.line  # type: ignore[assignment]  # asked in the same way

    def push(self, reply_is_lost: bool = False) -> list[str]:
        waiting, statuses = self.outbox, list[str]()
        self.outbox = []
        for start in range(0, len(waiting) or 1, PORTION):
            kept, self.outbox = self.outbox, waiting[start : start + PORTION]
            try:
                statuses += super().push(reply_is_lost)
            except NoSignal:
                self.outbox = kept + waiting[start:]
                break
            self.outbox = kept + self.outbox
        return statuses

    def pull(self, limit: int | None = None, **bounds: int) -> int:
        with suppress(NoSignal):
            if self.must_start_over:
                assert not self.starts_over()
                self.must_start_over = False
            return super().pull(limit, **bounds)
        return 0

    def does(
        self, kind: str, /, *, hours_ago: float = 0, depends_on: list[str] | None = None, **data: Any
    ) -> dict[str, Any]:
        """In the words of its version."""
        if self.schema < 2 and kind == "visit.leave_incomplete":
            kind = "visit.incomplete"
        if self.schema < 3 and kind == "part.return" and data["condition"] == "faulty":
            del data["condition"]
        return super().does(kind, hours_ago=hours_ago, depends_on=depends_on, **data)

    def updates_the_app(self) -> None:
        """What is in the outbox stays in the words in which it was written; documents come anew in new ones."""
        if self.schema < SCHEMA:
            for operation in self.outbox:
                operation["schema"] = self.schema
            self.schema, self.must_start_over = SCHEMA, self.cursor is not None

    def sends_bytes(self) -> None:
        """The next piece of the first content that is not there yet."""
        for upload_id, content in self.contents.items():
            if not content.is_there:
                with suppress(NoSignal):
                    self._send_a_piece(f"{UPLOADS}/{upload_id}", upload_id, content)
                return

    def _send_a_piece(self, where: str, upload_id: str, content: Content) -> None:
        if content.in_doubt:
            answer = self.line.tus("HEAD", where)
            if answer.status_code == 404:
                assert not content.begun, "the office has forgotten an upload"
                length = str(len(content.data))
                answer = self.line.tus("POST", UPLOADS, Upload_Length=length, Upload_Metadata=told(id=upload_id))
            assert answer.status_code in (200, 201), (answer.status_code, answer.text)
            there = int(answer.headers["Upload-Offset"])
            assert content.there <= there <= len(content.data), "the office has forgotten bytes"
            content.begun, content.there, content.in_doubt = True, there, False
        if not content.is_there:
            content.in_doubt = True
            piece = content.data[content.there : content.there + PIECE]
            answer = self.line.tus("PATCH", where, piece, Upload_Offset=str(content.there))
            assert answer.status_code in (204, 409), (answer.status_code, answer.text)
            if answer.status_code == 204:  # else the twin of this request was faster
                content.there, content.in_doubt = int(answer.headers["Upload-Offset"]), False

    def collection(self, name: str) -> dict[str, Document]:
        """As an app shows it: with the edits that wait in the outbox."""
        shown = {doc_id: dict(document) for doc_id, document in super().collection(name).items()}
        edit, key, field = {
            "visits": ("visit.edit", "visit_id", "diagnosis"),
            "tickets": ("ticket.edit", "ticket_id", "contact_name"),
        }.get(name, ("", "", ""))
        for operation in self.outbox:
            if operation["kind"] == edit and operation["data"][key] in shown:
                shown[operation["data"][key]][field] = operation["data"][field]
        return shown


def at_step(somebody: "Technician | Resident | Desk", number: int) -> None:
    """Let chance begin anew: so the same step of a seed decides the same, whatever was found at those before it."""
    somebody.chance.seed(f"{somebody.name} step {number}")


def some_pdf(chance: Random) -> bytes:
    """A small document, like no other."""
    return b"%PDF-1.4\n% " + chance.randbytes(chance.randrange(500, 30_000)).hex().encode() + b"\n%%EOF\n"


class Technician:
    """One phone at work, by chances of its own."""

    def __init__(self, history: History, phone: FieldPhone, number: int, seed: int) -> None:
        self.phone = phone
        self.name = f"{seed} technician {number}"
        self.chance = Random()
        self.history = copy(history)
        self.history.chance, self.history.phones = self.chance, [self.phone]
        self.history.tokens = (number + 1) * 1_000_000  # what it writes is told from what others write
        self.van = str(history.world.van(self.phone.user).pk)

    def step(self) -> None:
        """Do the next thing."""
        history, chance = self.history, self.chance
        steps = [
            *[history.somebody_works] * 12,
            history.somebody_patrols,
            history.a_shift_begins_or_ends,
            self.counts_the_van,
            *[self.takes_a_delivery] * 2,
            history.somebody_decides,
            self.attaches_a_document,
            self.collects_a_signature,
            self.fits_a_part_that_nobody_knows,
            self.asks_for_parts,
            *[self.phone.sends_bytes] * 4,
            *[history.somebody_pushes] * 4,
            history.a_reply_is_lost,
            *[history.somebody_pulls] * 3,
        ]
        if chance.random() < 0.02:
            self.phone.reboots()
        if chance.random() < 0.02:
            self.phone.wall_error = timedelta(hours=chance.choice([-26, -1, 0, 0, 0.2, 30]))
        if chance.random() < 0.01:
            self.phone.updates_the_app()
        chance.choice(steps)()

    def counts_the_van(self) -> None:
        part = self.chance.choice(self.history.parts)
        line = {"part_id": str(part.pk), "quantity": str(self.chance.randrange(4))}
        self.phone.does("stocktake.count", id=uuid7(), location_id=self.van, kind="cycle", lines=[line])

    def attaches_a_document(self) -> None:
        tickets = self.phone.collection("tickets")
        if tickets:
            document = str(uuid7())
            self.phone.contents[document] = Content(some_pdf(self.chance))
            self.phone.does("attachment.add", id=document, ticket_id=self.chance.choice([*tickets]), kind="document")

    def collects_a_signature(self) -> None:
        visits = self.phone.collection("visits")
        if visits:
            signature = str(uuid7())
            ink = "#" + self.chance.randbytes(3).hex()
            self.phone.contents[signature] = Content(picture(format="PNG", colour=ink))
            self.phone.does("visit.sign", id=signature, visit_id=self.chance.choice([*visits]), signed_by="Rosa")

    def fits_a_part_that_nobody_knows(self) -> None:
        """It was made on site; whoever refuses that it exists has to hold back that it was fitted."""
        visits = self.phone.collection("visits")
        if visits:
            part = uuid7()
            named = self.phone.does("part.provisional", id=part, model="X-9", name="Bracket", unit="piece")
            fitted: dict[str, Any] = {"visit_id": self.chance.choice([*visits]), "part_id": part, "quantity": "1"}
            self.phone.does("part.use", depends_on=[named["id"]], **fitted)

    def asks_for_parts(self) -> None:
        line = {"part_id": str(self.chance.choice(self.history.parts).pk), "quantity": "2"}
        self.phone.does("requisition.submit", id=uuid7(), location_id=self.van, lines=[line])

    def takes_a_delivery(self) -> None:
        under_way = [
            transfer
            for transfer in self.phone.collection("transfers").values()
            if transfer["to_location_id"] == self.van and transfer["status"] == "dispatched"
        ]
        if under_way:
            transfer = self.chance.choice(under_way)
            lines = [{"line_id": line["id"], "quantity": line["quantity"]} for line in transfer["lines"]]
            self.phone.does("transfer.receive", id=uuid7(), transfer_id=transfer["id"], lines=lines)


class Resident:
    """Somebody who lives there, with the app."""

    def __init__(self, history: History, phone: FieldPhone, seed: int) -> None:
        self.history = copy(history)
        self.phone = phone
        self.name = f"{seed} resident"
        self.chance = self.history.chance = Random()

    def step(self) -> None:
        """Do the next thing."""
        steps: list[Callable[[], object]] = [
            self.complains,
            *[self.says_something_about_a_ticket] * 4,
            *[self.phone.sends_bytes] * 2,
            *[partial(self.history.somebody_pushes, self.phone)] * 2,
            partial(self.history.a_reply_is_lost, self.phone),
            *[partial(self.history.somebody_pulls, self.phone)] * 2,
        ]
        self.chance.choice(steps)()

    def complains(self) -> None:
        """And adds something, which waits for the ticket."""
        world, ticket = self.history.world, uuid7()
        where: dict[str, Any] = {"address": "17 Mill Lane", "territory_id": world.people.north.pk}
        opened = self.phone.does("ticket.open", id=ticket, service_type=world.service_type.code, **where)
        self.phone.does("message.send", ticket_id=ticket, text="Ring twice.", depends_on=[opened["id"]])

    def says_something_about_a_ticket(self) -> None:
        tickets = self.phone.collection("tickets")
        if not tickets:
            return
        about: dict[str, Any] = {"ticket_id": self.chance.choice([*tickets])}
        kind = self.chance.choice(["message", "photo", "cancel", "confirm", "reopen", "rate"])
        if kind == "message":
            self.phone.does("message.send", text="When do you come?", **about)
        elif kind == "photo":
            photo = str(uuid7())
            self.phone.contents[photo] = Content(picture(colour="#" + self.chance.randbytes(3).hex()))
            self.phone.does("attachment.add", id=photo, kind="photo", **about)
        elif kind == "rate":
            self.phone.does("ticket.rate", score=self.chance.randrange(1, 6), **about)
        elif kind == "confirm":
            self.phone.does("ticket.confirm", **about)
        else:
            self.phone.does(
                f"ticket.{kind}", reason="It works again." if kind == "cancel" else "It fails again.", **about
            )


class Desk:
    """Somebody who dispatches and keeps the depot. The desk's line is good; the office at its other end may be dead."""

    def __init__(self, history: History, number: int, seed: int, line: Line, depot: str, vans: list[str]) -> None:
        self.history = history
        self.name = f"{seed} desk {number}"
        self.chance = Random()
        self.line, self.depot, self.vans = line, depot, vans
        self.hours = 1_000 * (number + 1)
        """From here on, windows that no other desk promises."""
        self.tickets: list[str] = []
        self.visits: list[str] = []
        self.acknowledged: list[tuple[type[Model], str]] = []
        """What the office said it has."""
        self.decided: dict[str, str] = {}
        """Which side of conflicts to keep, as far as the office said that it knows."""

    def step(self) -> None:
        """Do the next thing; the office may refuse it, or not answer."""
        steps = [
            *[self.a_ticket_comes_in] * 3,
            *[self.gives_a_visit_away] * 2,
            self.cancels_a_visit,
            *[self.edits_a_ticket] * 2,
            *[self.decides] * 2,
            self.sends_parts,
            self.writes_behind_the_services,
        ]
        with suppress(NoSignal):
            self.chance.choice(steps)()

    def a_ticket_comes_in(self) -> None:
        world = self.history.world
        ticket = str(uuid7())
        where = {"site_id": str(world.site.pk), "resident_id": str(world.people.resident.pk)}
        if not self._posts("/tickets", id=ticket, service_type=world.service_type.code, contact_name="Rosa", **where):
            return
        self.acknowledged.append((Ticket, ticket))
        self.tickets.append(ticket)
        self._posts(f"/tickets/{ticket}/triage")
        visit = self._posts(f"/tickets/{ticket}/dispatch", technician_id=self._technician(), **self._window())
        if visit:
            self.acknowledged.append((Visit, visit["id"]))
            self.visits.append(visit["id"])

    def gives_a_visit_away(self) -> None:
        if self.visits:
            visit, to = self.chance.choice(self.visits), self._technician()
            given = self._posts(f"/visits/{visit}/reassign", technician_id=to, reason="nearer", **self._window())
            if given:
                self.acknowledged.append((Visit, given["id"]))
                self.visits.append(given["id"])

    def cancels_a_visit(self) -> None:
        if self.visits:
            self._posts(f"/visits/{self.chance.choice(self.visits)}/cancel", reason="not needed")

    def edits_a_ticket(self) -> None:
        if self.tickets:
            path = f"/api/v1/tickets/{self.chance.choice(self.tickets)}"
            self.line.patch(path, {"contact_name": f"contact {self.chance.randrange(1000)}"})

    def decides(self) -> None:
        """About some open conflict."""
        found = self.line.get("/api/v1/conflicts", {"status": "open"})
        if found.is_success and found.json()["results"]:
            conflict = self.chance.choice(found.json()["results"])["id"]
            keep = self.chance.choice(["server", "device"])
            if self._posts(f"/conflicts/{conflict}/resolve", keep=keep):
                self.decided[conflict] = keep

    def sends_parts(self) -> None:
        line = {"part_id": str(self.chance.choice(self.history.parts).pk), "quantity": "1"}
        way = {"from_location_id": self.depot, "to_location_id": self.chance.choice(self.vans)}
        transfer = self._posts("/transfers", id=str(uuid7()), lines=[line], **way)
        if transfer:
            self.acknowledged.append((Transfer, transfer["id"]))
            self._posts(f"/transfers/{transfer['id']}/dispatch")

    def writes_behind_the_services(self) -> None:
        with suppress(psycopg.OperationalError), psycopg.connect(os.environ["DATABASE_URL"]) as console:
            number = self.chance.randrange(1000)
            console.execute("UPDATE parts_part SET name = %s WHERE number = 'HOSE'", [f"Hose {number}"])
            console.execute(
                "UPDATE tickets_ticket SET access_notes = %s WHERE id = (SELECT id FROM tickets_ticket LIMIT 1)",
                [f"gate code {number}"],
            )

    def _posts(self, path: str, **body: Any) -> Any:
        """What was answered, or nothing if it was refused."""
        answer = self.line.post(f"/api/v1{path}", body)
        return None if answer.is_error else answer.json()

    def _technician(self) -> str:
        return str(self.chance.choice(self.history.technicians).pk)

    def _window(self) -> dict[str, str]:
        self.hours += 1
        start = now() + timedelta(hours=self.hours)
        return {"window_start": start.isoformat(), "window_end": (start + timedelta(minutes=59)).isoformat()}
