"""From requests of the city to tickets, their timelines and their sites."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models.functions import Lower

from accounts.models import Territory
from sync.archive import archive_after
from sync.commands import Actor
from tickets.clock.services import stop_clocks
from tickets.complaints.models import Ticket, TicketEvent
from tickets.complaints.references import SEQUENCE, reference_for
from tickets.imports import tables
from tickets.imports.reading import Request
from tickets.service_types.models import ServiceType
from tickets.sites.models import Site

STATE = frozenset({"status", "hold_reason", "held_from", "resolved_at", "closed_at"})
"""Columns that constraints hold to one another, so they are taken over together or not at all."""


@dataclass(frozen=True, slots=True)
class Change:
    """A ticket that was imported before, the row that made it what it was, the row now."""

    ticket: Ticket
    before: Request | None
    """None when the tables no longer know its words."""
    request: Request


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes the requests of one batch. Territories and service types are known by their codes."""

    actor: Actor
    occurred_at: datetime
    territories: Mapping[str, Territory]
    service_types: Mapping[str, ServiceType]

    def create(self, requests: Collection[Request]) -> list[Ticket]:
        """New tickets, with what the city has told of them so far."""
        tickets = [
            Ticket(
                reference=reference,
                source=Ticket.Source.IMPORT,
                priority=self.service_types[request.service_type].default_priority,
                external_source=tables.SOURCE,
                external_key=request.key,
                received_at=self.occurred_at,
                details=_details(request),
                flags=list(request.flags),
                **self._columns(request),
            )
            for request, reference in zip(requests, _next_references(len(requests)), strict=True)
        ]
        for ticket in tickets:
            ticket.archived = self._is_long_over(ticket)
        self._place(zip(tickets, requests, strict=True))
        Ticket.objects.bulk_create(tickets)
        events = []
        for ticket, request in zip(tickets, requests, strict=True):
            events.append(self._imported(ticket, request))
            if request.resolution:
                events.append(self._answered(ticket, request))
        TicketEvent.objects.bulk_create(events)
        return tickets

    def update(self, changes: Collection[Change]) -> None:
        """Take over what changed at the source, except where somebody here has changed the same thing."""
        events = []
        for change in changes:
            events.append(self._changed(change))
            if change.request.resolution and (
                change.before is None or change.before.resolution != change.request.resolution
            ):
                events.append(self._answered(change.ticket, change.request))
            self._take_over(change)
        TicketEvent.objects.bulk_create(events)

    def _take_over(self, change: Change) -> None:
        """Bring a ticket up to date with its row, column by column."""
        ticket, request = change.ticket, change.request
        written = self._columns(request)
        formerly = self._columns(change.before) if change.before else {}
        ours = {name for name in written if name not in formerly or getattr(ticket, name) != formerly[name]}
        if ours & STATE:
            ours |= STATE
        old_flags = change.before.flags if change.before else ()
        taken = {name: value for name, value in written.items() if name not in ours} | {
            "details": {**ticket.details, **_details(request)},
            "flags": [*(flag for flag in ticket.flags if flag not in old_flags), *request.flags],
        }
        for name, value in taken.items():
            setattr(ticket, name, value)
        ticket.archived = self._is_long_over(ticket)
        if ticket.site_id is None:
            self._place([(ticket, request)])
        ticket.save(update_fields=[*taken, "archived", "site"])
        if ticket.status not in Ticket.OPEN:
            stop_clocks(ticket, at=max(ticket.reported_at, ticket.closed_at or self.occurred_at))

    def _columns(self, request: Request) -> dict[str, Any]:
        """What the row says about the columns of a ticket, apart from those that only its making decides."""
        return {
            "service_type_id": self.service_types[request.service_type].pk,
            "territory_id": self.territories[request.territory].pk,
            "title": ": ".join(filter(None, (request.complaint_type, request.descriptor)))[:200],
            "address": request.address[:300],
            "reported_at": request.reported_at,
            **_state(request),
        }

    def _is_long_over(self, ticket: Ticket) -> bool:
        """What ended years ago goes on record without ever going to phones and desks."""
        return ticket.closed_at is not None and ticket.closed_at <= self.occurred_at - archive_after()

    def _place(self, pairs: Iterable[tuple[Ticket, Request]]) -> None:
        """Give a site to every open ticket with an address: the one that stands there, or a new one.

        Where nobody will go any more, the address on the ticket is enough.
        """
        wanted = {ticket: request for ticket, request in pairs if ticket.status in Ticket.OPEN and ticket.address}
        if not wanted:
            return
        new = {
            _address_of(ticket): Site(
                territory_id=ticket.territory_id,
                address=ticket.address,
                latitude=request.latitude,
                longitude=request.longitude,
            )
            for ticket, request in wanted.items()
        }
        Site.objects.bulk_create(new.values(), ignore_conflicts=True)
        standing = Site.objects.annotate(plain_address=Lower("address")).filter(
            complex="", territory__in={place for place, _ in new}, plain_address__in={address for _, address in new}
        )
        sites = {(site.territory_id, site.address.lower()): site for site in standing}
        for ticket in wanted:
            ticket.site = sites.get(_address_of(ticket))

    # The timeline

    def _imported(self, ticket: Ticket, request: Request) -> TicketEvent:
        return self._event(
            ticket,
            "ticket_imported",
            occurred_at=request.reported_at,
            data={"source": tables.SOURCE_NAME, "agency": request.agency, "channel": request.channel},
        )

    def _answered(self, ticket: Ticket, request: Request) -> TicketEvent:
        """What the city answered: whoever complained may read it."""
        return self._event(
            ticket,
            "import_answered",
            occurred_at=request.resolution_at or request.closed_at or request.reported_at,
            data={"text": request.resolution},
        )

    def _changed(self, change: Change) -> TicketEvent:
        """What the row said until now and what it says from now on, cell by cell, so that no former value is lost."""
        former: Mapping[str, str] = change.ticket.details.get("original", {})
        present = change.request.original
        differences = {
            name: [former.get(name, ""), present.get(name, "")]
            for name in sorted(former.keys() | present.keys())
            if former.get(name) != present.get(name)
        }
        return self._event(
            change.ticket,
            "import_changed",
            occurred_at=self.occurred_at,
            data={"changed": differences},
            public=False,
        )

    def _event(
        self, ticket: Ticket, kind: str, *, occurred_at: datetime, data: dict[str, Any], public: bool = True
    ) -> TicketEvent:
        return TicketEvent(
            ticket=ticket,
            kind=kind,
            public=public,
            actor=self.actor.user,
            occurred_at=occurred_at,
            received_at=self.actor.received_at,
            data=data,
        )


def _state(request: Request) -> dict[str, Any]:
    """The columns of `STATE`. An end of which the row gives no time is dated by what else it knows."""
    state = {"status": request.status, "hold_reason": "", "held_from": "", "resolved_at": None, "closed_at": None}
    ended_at = request.closed_at or request.resolution_at or request.reported_at
    match request.status:
        case Ticket.Status.CLOSED:
            return state | {"resolved_at": ended_at, "closed_at": ended_at}
        case Ticket.Status.RESOLVED:
            return state | {"resolved_at": ended_at}
        case Ticket.Status.CANCELLED:
            return state | {"closed_at": ended_at}
        case Ticket.Status.ON_HOLD:
            return state | {"hold_reason": Ticket.HoldReason.WAITING_FOR_OTHERS, "held_from": Ticket.Status.TRIAGED}
    return state


def _details(request: Request) -> dict[str, Any]:
    """The answers of the civic form, what else helps to understand the request, and the row as it was."""
    known = {
        "descriptor": request.descriptor or request.complaint_type,
        "location_type": request.location_type,
        "agency": request.agency,
        "channel": request.channel,
        "latitude": request.latitude,
        "longitude": request.longitude,
    }
    return {name: value for name, value in known.items() if value not in ("", None)} | {
        "original": dict(request.original)
    }


def _address_of(ticket: Ticket) -> tuple[UUID, str]:
    """What makes a site one site: see its constraint."""
    return ticket.territory_id, ticket.address.lower()


def _next_references(count: int) -> list[str]:
    """References that nobody else has, in one query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(%s) FROM generate_series(1, %s)", [SEQUENCE, count])
        return [reference_for(number) for (number,) in cursor.fetchall()]
