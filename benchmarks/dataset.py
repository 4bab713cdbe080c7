"""What lies in the database: one technician with a van and very many visits, next to the rest of a service.

A few rows are made by the commands of the product; then these rows are copied in bulk, by SQL. So a copy lacks nothing
that a real ticket has: its site, clocks with their segments and timers, events, visit and notes, and the feed is
written as it always is, by the marks of the triggers.
"""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import LiteralString
from uuid import UUID

from django.db import connection, transaction

from accounts.models import Role, RoleGrant, Territory, User
from accounts.signin.services import issue_token
from fieldsvc.time import now
from parts.models import Location, Part
from parts.stock.services import receive_parts
from sync.commands import Actor
from sync.devices.services import register_device
from sync.feed.services import catch_up, look_again
from sync.ids import uuid7
from tickets.clock.defaults import ensure_default_policy
from tickets.complaints.saying import add_note
from tickets.complaints.services import open_ticket, triage_ticket
from tickets.models import ServiceType, Site, Visit
from tickets.visits.services import dispatch_visit

TERRITORY = "bench"
NOTES = 7
"""Notes on each ticket."""
DOCUMENTS_PER_TICKET = 3 + NOTES
"""What a technician's phone carries for each: ticket, visit, site, notes; about 600 bytes each at the mean."""
VALVES = 100_000

NOTE = (
    "Called the resident: the pressure falls at night and comes back by morning. The caretaker has the key of the "
    "meter room; ring before. 地下室有灯。"
)


@dataclass(frozen=True, slots=True)
class Technician:
    """Somebody whose phone is measured."""

    user: User
    device_id: UUID
    token: str


@dataclass(frozen=True, slots=True)
class Job:
    """A visit as the phone knows it."""

    visit_id: str
    ticket_id: str


class Service:
    """A desk, a kind of service, a part: what every ticket needs."""

    def __init__(self) -> None:
        self.territory = Territory.objects.create(
            code=TERRITORY, name="Riverside", name_zh="河滨", time_zone="Asia/Shanghai"
        )
        self.dispatcher = self.staff("dispatcher", "Dora Dispatcher", Role.DISPATCHER)
        self.storekeeper = self.staff("storekeeper", "Stella Storekeeper", Role.STOREKEEPER)
        self.resident = User.objects.create_user(None, phone="+8613812345678", name="Rosa Resident")
        RoleGrant.objects.create(user=self.resident, role=Role.RESIDENT)
        self.kind = ServiceType.objects.create(
            code="gas_leak",
            name="Gas leak",
            name_zh="燃气泄漏",
            policy=ensure_default_policy(),
            checklist=[
                {"code": "tight", "text": "Is it tight?", "text_zh": "是否密封"},
                {"code": "pressure", "text": "Pressure after the repair, kPa", "text_zh": "修后压力"},
            ],
            resolution_codes=[{"code": "repaired", "text": "Repaired", "text_zh": "已修复"}],
        )
        self.valve = Part.objects.create(number="V-100", name="Valve", name_zh="阀门", unit="piece")

    def staff(self, username: str, name: str, role: Role) -> User:
        """Somebody who works here."""
        user = User.objects.create_user(username, name=name)
        RoleGrant.objects.create(user=user, role=role, territory=self.territory)
        return user

    def technician(self, username: str, *, tickets: int) -> Technician:
        """A technician with a phone, a van full of valves, and so many visits; `settle()` feeds them."""
        user = self.staff(username, f"{username.title()} Technician", Role.TECHNICIAN)
        van = Location.objects.create(
            code=f"VAN-{username}", name=f"Van of {user.name}", kind="van", territory=self.territory, keeper=user
        )
        receive_parts(
            actor=Actor(user=self.storekeeper),
            occurred_at=now(),
            location_id=van.pk,
            lines=[{"part_id": self.valve.pk, "quantity": Decimal(VALVES)}],
        )
        copy_in_bulk(self._visit(user).ticket_id, tickets - 1)
        device = register_device(user=user, device_id=uuid7(), name="Phone", platform="android", app_version="1.0")
        return Technician(user, device.pk, issue_token(user, device=device))

    def _visit(self, technician: User) -> Visit:
        """One ticket with all that belongs to it, made by the commands of the product."""
        desk = Actor(user=self.dispatcher)
        site = Site.objects.create(
            territory=self.territory,
            name="Garden Court 3-201",
            complex="Garden Court 花园小区",
            address=f"{technician.username} 3-2-201",
            latitude=34.24,
            longitude=108.91,
            access_notes="门禁请按201。Ring 201 at the gate; the lift is at the back.",
        )
        at = now()
        ticket = open_ticket(
            actor=desk,
            occurred_at=at,
            reported_at=at - timedelta(hours=10, minutes=30),  # before the phone lost signal, and long before a warning
            service_type=self.kind.code,
            details={"smell": "strong at night", "since": "yesterday evening", "meter": "G4-20177"},
            title="Smell of gas in the kitchen",
            contact_name="Rosa Resident",
            contact_phone="+8613812345678",
            access_notes="The dog is friendly. 有狗，不咬人。",
            site_id=site.pk,
            resident_id=self.resident.pk,
        )
        triage_ticket(actor=desk, occurred_at=at, ticket_id=ticket.pk)
        for _ in range(NOTES):
            add_note(actor=desk, occurred_at=at, ticket_id=ticket.pk, text=NOTE)
        return dispatch_visit(
            actor=desk,
            occurred_at=at,
            ticket_id=ticket.pk,
            technician_id=technician.pk,
            window_start=at,
            window_end=at + timedelta(minutes=59),
        )

    def jobs(self, technician: Technician) -> list[Job]:
        """The visits of this technician, in the order of their windows."""
        rows = Visit.objects.filter(technician=technician.user).order_by("window_start", "id")
        return [Job(str(pk), str(ticket)) for pk, ticket in rows.values_list("pk", "ticket_id")]


TABLES: tuple[tuple[LiteralString, LiteralString], ...] = (
    ("tickets_site", "id = (SELECT site_id FROM tickets_ticket WHERE id = %(ticket)s)"),
    ("tickets_ticket", "id = %(ticket)s"),
    ("tickets_visit", "ticket_id = %(ticket)s"),
    ("tickets_note", "ticket_id = %(ticket)s"),
    ("tickets_ticketevent", "ticket_id = %(ticket)s"),
    ("tickets_ticketclock", "ticket_id = %(ticket)s"),
    ("tickets_clocktimer", "clock_id IN (SELECT id FROM tickets_ticketclock WHERE ticket_id = %(ticket)s)"),
    ("tickets_clocksegment", "clock_id IN (SELECT id FROM tickets_ticketclock WHERE ticket_id = %(ticket)s)"),
)
"""The tables in which a ticket stands, and which of their rows are its own; in the order of their references."""

COPIED_IDS = {"id", "ticket_id", "site_id", "visit_id", "clock_id"}
"""Columns that name one of the copied rows: the copy names the copy."""
DIFFERENT: dict[str, LiteralString] = {
    "address": "address || '-' || n",
    "reference": "'B' || nextval('tickets_reference')",
    "text": "(SELECT string_agg(word, ' ' ORDER BY md5(word || n || id)) FROM regexp_split_to_table(text, ' ') word)",
    "window_start": "window_start + n * interval '1 hour'",
    "window_end": "window_end + n * interval '1 hour'",
    "occupied_from": "NULL::timestamptz",  # the window alone: with their ways they would overlap
    "occupied_until": "NULL::timestamptz",
}
"""Columns whose copies must differ; of notes the words are shuffled, or they would compress to nothing."""


def copy_in_bulk(ticket_id: UUID, count: int) -> None:
    """So many more tickets like this one, with their visits, whose windows follow one another."""
    with transaction.atomic(), connection.cursor() as cursor:
        for table, own in TABLES:
            cursor.execute(
                "SELECT column_name FROM information_schema.columns "
                "WHERE table_schema = current_schema() AND table_name = %s AND is_generated = 'NEVER'",
                [table],
            )
            columns = [name for (name,) in cursor.fetchall()]
            values = ", ".join(_copied(name) for name in columns)
            cursor.execute(
                f"INSERT INTO {table} ({', '.join(columns)}) "
                f"SELECT {values} FROM {table}, generate_series(1, %(count)s) AS n WHERE {own}",
                {"ticket": ticket_id, "count": count},
            )


def _copied(column: str) -> str:
    if column in COPIED_IDS:
        return f"md5({column}::text || n)::uuid"
    return DIFFERENT.get(column, column)


def settle() -> None:
    """Feed all that was written, take the second look that it asks for, and let PostgreSQL tidy up."""
    catch_up()
    look_again()
    look_again()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
