"""What residents do without signal: each ends with a clear answer, and nothing of it is lost."""

from datetime import timedelta
from typing import Any

import pytest

from fieldsvc.time import now, time_passes
from notifications.models import Notice
from sync.commands import Actor
from sync.ids import uuid7
from tests.people import People
from tests.phone import Phone, fresh_phone
from tests.tickets.conftest import Desk
from tickets.complaints import services
from tickets.complaints.models import Note, Rating, Ticket
from tickets.visits.services import cancel_visit, check_in


@pytest.fixture
def phone(people: People) -> Phone:
    return Phone(people.resident)


def status(ticket: Ticket) -> str:
    ticket.refresh_from_db()
    return ticket.status


def the_answer(phone: Phone) -> dict[str, Any]:
    return list(phone.answers.values())[-1]


def test_a_lost_reply_counts_once_whatever_it_was_about(people: People, desk: Desk, phone: Phone) -> None:
    """File, write, cancel; then confirm and rate another one."""
    done = desk.resolves(desk.opens())
    filed = uuid7()
    opened = phone.does("ticket.open", hours_ago=5, **desk.intake(contact_name="", id=filed))
    phone.does("message.send", hours_ago=4, ticket_id=filed, text="Ring twice.", depends_on=[opened["id"]])
    phone.does("ticket.cancel", hours_ago=3, ticket_id=filed, reason="It works again.", depends_on=[opened["id"]])
    phone.does("ticket.confirm", ticket_id=done)
    phone.does("ticket.rate", ticket_id=done, score=5)
    phone.push(reply_is_lost=True)
    assert phone.push() == ["applied"] * 5
    assert all(answer["duplicate"] for answer in phone.answers.values())
    assert (status(Ticket.objects.get(pk=filed)), status(done)) == ("cancelled", "closed")
    assert (Note.objects.count(), Rating.objects.count(), Ticket.objects.count()) == (1, 1, 2)
    phone.pull()
    assert phone.replica() == fresh_phone(people.resident).replica()


def test_a_confirmation_that_arrives_after_the_ticket_closed_by_itself_is_heard(phone: Phone, resolved: Ticket) -> None:
    with time_passes(timedelta(days=6)):
        services.close_unconfirmed(actor=Actor.system(), occurred_at=now())
        phone.does("ticket.confirm", hours_ago=48, ticket_id=resolved)
        phone.does("ticket.rate", hours_ago=48, ticket_id=resolved, score=4)
        assert phone.push() == ["applied", "applied"]
    assert status(resolved) == "closed"
    assert Rating.objects.get().score == 4


def test_a_confirmation_of_what_was_reopened_meanwhile_is_refused_and_says_what_is(
    desk: Desk, phone: Phone, resolved: Ticket
) -> None:
    phone.does("ticket.confirm", hours_ago=1, ticket_id=resolved)
    phone.does("ticket.rate", hours_ago=1, ticket_id=resolved, score=5)
    services.reopen_ticket(actor=desk.agent, occurred_at=now(), ticket_id=resolved.pk, reason="Rosa's son called.")
    assert phone.push() == ["refused", "refused"]
    codes = [answer["code"] for answer in phone.answers.values()]
    assert codes == ["transition_not_allowed", "not_resolved_yet"]
    assert {answer["ticket_status"] for answer in phone.answers.values()} == {"triaged"}


@pytest.mark.parametrize("archived", [False, True])
def test_reopening_in_time_is_heard_although_it_closed_meanwhile(
    people: People, phone: Phone, resolved: Ticket, archived: bool
) -> None:
    with time_passes(timedelta(days=4)):
        phone.does("ticket.reopen", ticket_id=resolved, reason="Still slow.")
    with time_passes(timedelta(days=30)):
        services.close_unconfirmed(actor=Actor.system(), occurred_at=now())
        if archived:
            with time_passes(timedelta(days=15)):
                assert services.archive_ended(actor=Actor.system(), occurred_at=now()) == 1
        phone.push(reply_is_lost=True)
        assert phone.push() == ["applied"]
    assert status(resolved) == "triaged"
    assert fresh_phone(people.dispatcher).document("tickets", resolved)


def test_reopening_twice_is_reopening_once(desk: Desk, phone: Phone, resolved: Ticket) -> None:
    services.reopen_ticket(actor=desk.agent, occurred_at=now(), ticket_id=resolved.pk, reason="They called.")
    phone.does("ticket.reopen", hours_ago=0, ticket_id=resolved, reason="Still slow.")
    assert phone.push() == ["applied"]
    assert status(resolved) == "triaged"


def test_a_cancellation_while_the_technician_stands_there_is_refused_and_names_the_visit(
    people: People, desk: Desk, phone: Phone, ticket: Ticket
) -> None:
    phone.does("ticket.cancel", hours_ago=3, ticket_id=ticket, reason="It works again.")
    visit = desk.sends(ticket, people.technician)
    check_in(actor=Actor(people.technician), occurred_at=now(), visit_id=visit.pk)
    assert phone.push() == ["refused"]
    assert the_answer(phone)["code"] in {"transition_not_allowed", "visits_planned"}
    assert the_answer(phone)["detail"]
    assert status(ticket) == "in_progress"
    # The answer stays the same, and the operation can be released once the visit is off.
    operation = next(iter(phone.answers))
    cancel_visit(actor=Actor(people.dispatcher), occurred_at=now(), visit_id=visit.pk, reason="Not needed.")
    assert phone.client.post(f"/api/v1/sync/operations/{operation}/release").json()["status"] == "applied"
    assert status(ticket) == "cancelled"


def test_cancelling_what_the_desk_has_cancelled_is_fine(desk: Desk, phone: Phone, ticket: Ticket) -> None:
    services.cancel_ticket(actor=desk.agent, occurred_at=now(), ticket_id=ticket.pk, reason="Filed twice.")
    phone.does("ticket.cancel", hours_ago=2, ticket_id=ticket, reason="It works again.")
    assert phone.push() == ["applied"]
    assert status(ticket) == "cancelled"


def test_a_message_about_what_has_ended_is_kept_and_flagged(phone: Phone, resolved: Ticket) -> None:
    services.confirm_ticket(actor=Actor(phone.user), occurred_at=now(), ticket_id=resolved.pk)
    phone.does("message.send", hours_ago=5, ticket_id=resolved, text="The invoice?")
    assert phone.push() == ["applied"]
    assert Note.objects.get().flags == ["late", "after_end"]


class TestMessagesAreHeardOnTheOtherSide:
    def test_the_desk_hears_of_a_residents_message_once(
        self, people: People, desk: Desk, phone: Phone, ticket: Ticket
    ) -> None:
        people.dispatcher  # noqa: B018  # there is somebody else who might have been told
        phone.does("message.send", ticket_id=ticket, text="When will you come?", id=uuid7())
        phone.push(reply_is_lost=True)
        phone.push()
        notice = Notice.objects.get(kind="message_from_resident")
        assert notice.user == people.agent  # who took the call, and answers for it
        assert notice.title == f"Message from Rosa Resident: {ticket.reference}"
        assert notice.title_zh == f"Rosa Resident 留言:{ticket.reference}"
        assert (notice.body, notice.subject_collection) == ("When will you come?", "messages")

    def test_where_a_technician_is_responsible_those_who_answer_callers_hear_of_it(
        self, people: People, desk: Desk, phone: Phone, ticket: Ticket
    ) -> None:
        Ticket.objects.filter(pk=ticket.pk).update(responsible=people.technician)
        phone.does("message.send", ticket_id=ticket, text="When will you come?")
        phone.push()
        assert [notice.user for notice in Notice.objects.filter(kind="message_from_resident")] == [people.agent]

    def test_the_resident_hears_of_the_desks_message(self, people: People, desk: Desk, ticket: Ticket) -> None:
        services.send_message(actor=desk.agent, occurred_at=now(), ticket_id=ticket.pk, text="At noon.")
        notice = Notice.objects.get(kind="message_from_desk")
        assert (notice.user, notice.body) == (people.resident, "At noon.")
        assert notice.title_zh == f"服务台给您留言:{ticket.reference}"
        assert not Notice.objects.filter(kind="message_from_resident").exists()

    def test_whoever_writes_for_the_resident_is_not_told_what_they_wrote(
        self, people: People, desk: Desk, ticket: Ticket
    ) -> None:
        helping = Actor(people.agent, on_behalf_of=people.resident)
        services.send_message(actor=helping, occurred_at=now(), ticket_id=ticket.pk, text="They will wait.")
        assert not Notice.objects.filter(kind__startswith="message_").exists()
