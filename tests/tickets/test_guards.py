"""What the database itself refuses, whoever asks."""

from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from fieldsvc.time import now
from tests.tickets.conftest import Desk
from tickets.complaints import services
from tickets.complaints.models import Note, Rating, Ticket, TicketEvent
from tickets.sites.models import Asset, ServiceAccount, Site

LONG_AGO = now().replace(year=2001)


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"status": "lost"}, "ticket_status_is_known"),
        ({"source": "rumour"}, "ticket_source_is_known"),
        ({"priority": 5}, "ticket_priority_is_1_to_4"),
        ({"status": "resolved"}, "resolved_ticket_says_when"),
        ({"status": "cancelled"}, "ended_ticket_says_when"),
        ({"closed_at": now()}, "ended_ticket_says_when"),
        ({"status": "closed", "resolved_at": now(), "closed_at": LONG_AGO}, "ticket_closes_after_resolution"),
        ({"status": "on_hold"}, "only_held_ticket_has_hold_reason"),
        ({"hold_reason": "other"}, "only_held_ticket_has_hold_reason"),
        ({"external_key": "7"}, "external_key_names_its_source"),
        ({"archived": True}, "only_ended_ticket_is_archived"),
    ],
)
def test_a_ticket_that_cannot_be_is_refused(ticket: Ticket, values: dict[str, Any], constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Ticket.objects.filter(pk=ticket.pk).update(**values)


def test_an_external_key_is_taken_once(desk: Desk) -> None:
    one, other = desk.opens(), desk.opens()
    Ticket.objects.filter(pk=one.pk).update(external_source="city", external_key="7")
    Ticket.objects.filter(pk=other.pk).update(external_source="county", external_key="7")
    with pytest.raises(IntegrityError, match="one_ticket_per_external_key"), transaction.atomic():
        Ticket.objects.filter(pk=other.pk).update(external_source="city")


def test_history_is_written_once(desk: Desk, resolved: Ticket) -> None:
    say: dict[str, Any] = {"actor": desk.agent, "occurred_at": now(), "ticket_id": resolved.pk}
    services.add_note(text="Hm", **say)
    Ticket.objects.filter(pk=resolved.pk).update(resident=None)
    services.rate_ticket(score=3, **say)
    for rows, change in [
        (TicketEvent.objects, {"public": True}),
        (Note.objects, {"text": "Never mind"}),
        (Rating.objects, {"score": 5}),
    ]:
        for forge in (lambda rows=rows, change=change: rows.update(**change), lambda rows=rows: rows.all().delete()):
            with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic():
                forge()


def test_a_ticket_is_rated_once_and_within_the_scale(ticket: Ticket) -> None:
    moment = {"occurred_at": now(), "received_at": now()}
    for score in (0, 6):
        with pytest.raises(IntegrityError, match="rating_is_1_to_5"), transaction.atomic():
            Rating.objects.create(ticket=ticket, score=score, **moment)
    Rating.objects.create(ticket=ticket, score=1, **moment)
    with pytest.raises(IntegrityError), transaction.atomic():
        Rating.objects.create(ticket=ticket, score=1, **moment)


def test_a_message_is_never_internal(ticket: Ticket) -> None:
    with pytest.raises(IntegrityError, match="known_note_kind"), transaction.atomic():
        Note.objects.create(
            ticket=ticket, kind="message", internal=True, text="Hm", occurred_at=now(), received_at=now()
        )


def test_places_that_cannot_be_are_refused(ticket: Ticket) -> None:
    site = ticket.site
    assert site is not None
    impossible: list[tuple[dict[str, Any], str]] = [
        ({"latitude": 91, "longitude": 0}, "site_is_on_earth"),
        ({"latitude": 1, "longitude": None}, "site_is_on_earth"),
        ({"radius_m": 0}, "site_has_a_radius"),
        ({"address": "", "complex": ""}, "site_has_an_address"),
    ]
    for values, constraint in impossible:
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            Site.objects.filter(pk=site.pk).update(**values)
    with pytest.raises(IntegrityError, match="one_site_per_address"), transaction.atomic():
        Site.objects.create(territory=site.territory, complex=site.complex.upper(), address=site.address.lower())
    ServiceAccount.objects.create(site=site, number="A-1")
    with pytest.raises(IntegrityError, match="one_account_per_number"), transaction.atomic():
        ServiceAccount.objects.create(site=site, number="A-1")
    Asset.objects.create(site=site, kind="modem", model="X", serial="1")
    with pytest.raises(IntegrityError, match="one_asset_per_serial"), transaction.atomic():
        Asset.objects.create(site=site, kind="modem", model="X", serial="1")
