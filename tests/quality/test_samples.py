"""Samples of closed tickets: drawn by chance that can be shown, reviewed by somebody who was not part of it."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import ProgrammingError, transaction

from accounts.models import Role, RoleGrant, User
from fieldsvc.time import now, time_is
from sync.commands import Actor
from sync.ids import uuid7
from tests.people import People
from tests.statements import statements
from tests.world import World
from tickets.complaints.services import add_note, confirm_ticket
from tickets.models import Finding, Review, Sample, SampledTicket, Ticket
from tickets.samples.jobs import draw_samples
from tickets.samples.selectors import by_chance, closed_tickets
from tickets.visits import services as work

SAMPLES, SAMPLED = "/api/v1/samples", "/api/v1/sampled-tickets"
TUESDAY = datetime(2031, 1, 7, 2, tzinfo=UTC)
NEXT_MONDAY = datetime(2031, 1, 13, 2, tzinfo=UTC)
WEEK: dict[str, Any] = {"first": "2031-01-06", "last": "2031-01-12"}
Closed = Callable[..., Ticket]


@pytest.fixture
def closed(people: People, world: World) -> Closed:
    """A ticket on which the technician worked from 10:00 to 11:30, closed when the resident was content."""

    def closed(at: datetime = TUESDAY, technician: User | None = None) -> Ticket:
        who = technician or people.technician
        with time_is(at):
            visit = world.dispatched_visit(who)
        with time_is(at + timedelta(minutes=5)):
            work.accept_visit(actor=Actor(who), occurred_at=now(), visit_id=visit.pk)
            work.check_in(actor=Actor(who), occurred_at=at, visit_id=visit.pk)
        with time_is(at + timedelta(minutes=90)):
            work.complete_visit(
                actor=Actor(who),
                occurred_at=now(),
                visit_id=visit.pk,
                resolution_code="repaired",
                parts_answer="none",
                signed_by="Rosa",
            )
            return confirm_ticket(actor=Actor(people.resident), occurred_at=now(), ticket_id=visit.ticket_id)

    return closed


@pytest.fixture
def second_supervisor(people: People) -> User:
    user = User.objects.create_user("sonja", name="Sonja Supervisor")
    RoleGrant.objects.create(user=user, role=Role.SUPERVISOR, territory=people.north)
    return user


def draws(api: Any, people: People, **asked: Any) -> Any:
    return api(people.supervisor).post(SAMPLES, {"territory_id": people.north.pk, **WEEK, **asked})


def drawn(sample: dict[str, Any]) -> list[Any]:
    tickets = SampledTicket.objects.filter(sample=sample["id"]).order_by("place")
    return list(tickets.values_list("ticket_id", flat=True))


def same(*fields: str) -> list[dict[str, Any]]:
    return [{"field": field, "differs": False} for field in fields]


def different(**told: str) -> list[dict[str, Any]]:
    return [{"field": field, "differs": True, "told": text} for field, text in told.items()]


def reviews(api: Any, person: User, sampled: SampledTicket, findings: list[dict[str, Any]], **more: Any) -> Any:
    body = {"against": "paper", "findings": findings, **more}
    return api(person).post(f"{SAMPLED}/{sampled.pk}/review", body)


@pytest.fixture
def sampled(api: Any, people: People, closed: Closed) -> SampledTicket:
    closed()
    return SampledTicket.objects.get(sample=draws(api, people).json()["id"])


# Drawing


def test_each_week_the_worker_draws_a_sample_once_it_is_over_there(people: People, closed: Closed, settings: Any):
    settings.SAMPLE_SIZE = 2
    tickets = {closed().pk for _ in range(3)}
    closed(at=NEXT_MONDAY - timedelta(hours=8))  # on Monday, by the clock of the territory
    with time_is(datetime(2031, 1, 12, 15, 59, tzinfo=UTC)):
        draw_samples()
    assert not SampledTicket.objects.exists()
    for _ in range(2):
        with time_is(NEXT_MONDAY):
            draw_samples()
    sample = Sample.objects.get(territory=people.north, first=date(2031, 1, 6))
    assert (sample.weekly, sample.last, sample.population, sample.drawn_by) == (True, date(2031, 1, 12), 3, None)
    chosen = set(sample.tickets.values_list("ticket", flat=True))
    assert len(chosen) == 2
    assert chosen < tickets


def test_whoever_has_the_seed_draws_the_same_again_and_with_another_one_others(api, people: People, closed: Closed):
    for _ in range(6):
        closed()
    sample = draws(api, people, size=3).json()
    assert (sample["population"], sample["drawn"], len(set(drawn(sample)))) == (6, 3, 3)
    tickets = closed_tickets(Sample.objects.get(pk=sample["id"]))
    assert by_chance(tickets, sample["seed"], 3) == drawn(sample)
    assert len({tuple(by_chance(tickets, f"seed {number}", 3)) for number in range(20)}) > 1


def test_a_supervisor_draws_of_one_technician_one_agent_or_one_kind_of_service(api, people: People, closed: Closed):
    toms, colins = closed(), closed(technician=people.colleague)
    assert drawn(draws(api, people, technician_id=people.technician.pk).json()) == [toms.pk]
    assert drawn(draws(api, people, technician_id=people.colleague.pk).json()) == [colins.pk]
    assert set(drawn(draws(api, people, agent_id=people.agent.pk, service_type="leak").json())) == {toms.pk, colins.pk}
    assert drawn(draws(api, people, agent_id=people.second_agent.pk).json()) == []


def test_what_is_not_closed_is_in_no_sample(api, people: People, world: World):
    with time_is(TUESDAY):
        world.dispatched_visit()
    answer = draws(api, people)
    assert (answer.status_code, answer.json()["population"], answer.json()["drawn"]) == (201, 0, 0)


def test_a_repeated_request_draws_no_second_sample(api, people: People, closed: Closed):
    closed()
    pk = str(uuid7())
    first, again = (draws(api, people, id=pk) for _ in range(2))
    assert first.json() == again.json()
    assert Sample.objects.count() == 1
    assert draws(api, people, id=pk, size=7).json()["code"] == "id_taken"


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"last": "2031-01-05"}, "period_reversed"),
        ({"first": "9999-12-31", "last": "9999-12-31"}, "max_value"),
        ({"last": "2031-12-31"}, "date_range_too_long"),
        ({"technician_id": "00000000-0000-7000-8000-000000000000"}, "person_unknown"),
        ({"service_type": "nothing"}, "service_type_unknown"),
        ({"territory_id": "00000000-0000-7000-8000-000000000000"}, "territory_unknown"),
        ({"size": 0}, "min_value"),
        ({"size": 501}, "max_value"),
    ],
)
def test_what_cannot_be_drawn_is_refused(api, people: People, asked: dict[str, Any], code: str):
    answer = draws(api, people, **asked)
    assert answer.status_code == 400
    assert code in answer.content.decode()
    assert not Sample.objects.exists()


def test_nobody_but_supervisors_of_the_territory_draws_or_sees_a_sample(api, people: People, sampled: SampledTicket):
    RoleGrant.objects.create(user=people.southern_dispatcher, role=Role.SUPERVISOR, territory=people.south)
    south = api(people.southern_dispatcher)
    assert south.post(SAMPLES, {"territory_id": people.north.pk, **WEEK}).status_code == 403
    assert south.get(SAMPLES).json()["results"] == south.get(SAMPLED).json()["results"] == []
    assert south.get(f"{SAMPLES}/{sampled.sample_id}").status_code == 404
    assert south.get(f"{SAMPLED}/{sampled.pk}").status_code == 404
    assert reviews(api, people.southern_dispatcher, sampled, same("fault")).status_code == 404
    figures = south.get(f"{SAMPLES}/figures", {"territory": people.north.pk, **WEEK}).json()
    assert figures["drawn"] == 0
    assert api(people.technician).get(SAMPLED).status_code == 403


# Reviewing


def test_the_reviewer_sees_what_the_record_says_in_both_languages(api, people: People, sampled: SampledTicket):
    body = api(people.supervisor).get(f"{SAMPLED}/{sampled.pk}").json()
    assert {field["field"]: field["recorded"] for field in body["record"]} == {
        "fault": "Leak",
        "address": "Garden Court 3-201",
        "technician": "Tom Technician",
        "arrival": "2031-01-07 10:00",
        "end": "2031-01-07 11:30",
        "resolution": "repaired",
        "parts": "",
        "signature": "Rosa",
    }
    assert ("Arrival", "到达时间") in {(field["name"], field["name_zh"]) for field in body["record"]}
    assert (body["ticket"]["consistent"], body["reviews"]) == (None, [])


def test_two_fields_may_differ_and_three_are_inconsistent(api, people: People, sampled: SampledTicket):
    two = different(arrival="10:40", end="11:50")
    answer = reviews(api, people.supervisor, sampled, two + same("fault", "signature"), note="Rounded.")
    assert answer.status_code == 201
    assert answer.json()["ticket"]["consistent"] is True
    answer = reviews(api, people.supervisor, sampled, two + different(parts="P-1 × 2"))
    assert answer.json()["ticket"]["consistent"] is False


def test_how_many_differences_are_inconsistent_is_a_setting_and_judges_nothing_anew(
    api, people: People, sampled: SampledTicket, settings: Any
):
    told = different(arrival="10:40", end="11:50")
    reviews(api, people.supervisor, sampled, told)
    settings.SAMPLE_INCONSISTENT_FROM = 2
    assert api(people.supervisor).get(f"{SAMPLED}/{sampled.pk}").json()["ticket"]["consistent"] is True
    [before, after] = reviews(api, people.supervisor, sampled, told).json()["reviews"]
    assert (before["consistent"], before["inconsistent_from"]) == (True, 3)
    assert (after["consistent"], after["inconsistent_from"]) == (False, 2)


def test_a_later_review_stands_beside_the_earlier_one_and_is_the_verdict(
    api, people: People, sampled: SampledTicket, second_supervisor: User
):
    reviews(api, people.supervisor, sampled, different(arrival="12:00", end="13:00", signature="none"))
    body = reviews(api, second_supervisor, sampled, same("arrival", "end"), against="resident", note="Called.").json()
    assert [(row["reviewer"]["name"], row["consistent"]) for row in body["reviews"]] == [
        ("Sam Supervisor", False),
        ("Sonja Supervisor", True),
    ]
    assert body["reviews"][0]["findings"][0] == {
        "field": "arrival",
        "recorded": "2031-01-07 10:00",
        "differs": True,
        "told": "12:00",
    }
    assert (body["ticket"]["consistent"], body["ticket"]["reviewer"]["name"]) == (True, "Sonja Supervisor")


def test_a_review_cannot_be_changed_afterwards(api, people: People, sampled: SampledTicket):
    reviews(api, people.supervisor, sampled, same("fault"))
    for rows, change in (
        (Review.objects, {"note": "x"}),
        (Finding.objects, {"told": "x"}),
        (Sample.objects, {"seed": ""}),
    ):
        with pytest.raises(ProgrammingError), transaction.atomic():
            rows.update(**change)


@pytest.mark.parametrize("part", ["note", "visit"])
def test_whoever_had_a_part_in_a_ticket_does_not_review_it(
    api, people: People, closed: Closed, second_supervisor: User, part: str
):
    if part == "note":
        ticket = closed()
        add_note(actor=Actor(second_supervisor), occurred_at=now(), ticket_id=ticket.pk, text="I saw to it.")
    else:
        RoleGrant.objects.create(user=second_supervisor, role=Role.TECHNICIAN, territory=people.north)
        closed(technician=User.objects.get(pk=second_supervisor.pk))
    sampled = SampledTicket.objects.get(sample=draws(api, people).json()["id"])
    person = User.objects.get(pk=second_supervisor.pk)
    answer = reviews(api, person, sampled, same("fault"))
    assert (answer.status_code, answer.json()["code"]) == (403, "own_work")
    assert reviews(api, people.supervisor, sampled, same("fault")).status_code == 201


def test_a_repeated_review_is_one_review(api, people: People, sampled: SampledTicket):
    pk = str(uuid7())
    for _ in range(2):
        answer = reviews(api, people.supervisor, sampled, different(end="11:50"), id=pk)
        assert answer.status_code == 201
    assert Review.objects.count() == 1
    answer = reviews(api, people.supervisor, sampled, different(end="11:55"), id=pk)
    assert answer.json()["code"] == "id_taken"


@pytest.mark.parametrize(
    "findings",
    [
        same("fault", "fault"),
        [{"field": "fault", "differs": True}],
        [{"field": "fault", "differs": False, "told": "Something"}],
        [{"field": "weather", "differs": False}],
        [],
    ],
)
def test_findings_that_say_nothing_clear_are_refused(api, people: People, sampled: SampledTicket, findings: Any):
    assert reviews(api, people.supervisor, sampled, findings).status_code == 400
    assert not Review.objects.exists()


# Lists and figures


def test_figures_say_of_how_many_reviewed_they_are_a_share(api, people: People, closed: Closed):
    def figures(**asked: Any) -> Any:
        asked = {"territory": people.north.pk, **WEEK, **asked}
        return api(people.supervisor).get(f"{SAMPLES}/figures", asked).json()

    for _ in range(3):
        closed()
    one, two, _ = SampledTicket.objects.filter(sample=draws(api, people).json()["id"]).order_by("place")
    assert (figures()["reviewed"], figures()["inconsistent_share"]) == (0, None)
    reviews(api, people.supervisor, one, different(arrival="12:00", end="13:00", signature="none"))
    reviews(api, people.supervisor, two, same("arrival"))
    counted = figures()
    assert (counted["drawn"], counted["reviewed"], counted["inconsistent"]) == (3, 2, 1)
    assert counted["inconsistent_share"] == 0.5
    assert {"field": "arrival", "compared": 2, "differed": 1} in counted["fields_compared"]
    assert {"field": "parts", "compared": 0, "differed": 0} in counted["fields_compared"]
    assert figures(weekly=True)["drawn"] == 0
    assert figures(technician=people.colleague.pk)["drawn"] == 0
    assert figures(technician=people.technician.pk)["reviewed"] == 2
    assert figures(last="2031-01-11")["drawn"] == 0


def test_a_ticket_in_two_samples_counts_once_by_its_newest_review(api, people: People, sampled: SampledTicket):
    again = SampledTicket.objects.get(sample=draws(api, people).json()["id"])
    reviews(api, people.supervisor, again, different(arrival="12:00", end="13:00", signature="none"))
    reviews(api, people.supervisor, sampled, same("arrival"))
    asked = {"territory": people.north.pk, **WEEK}
    counted = api(people.supervisor).get(f"{SAMPLES}/figures", asked).json()
    assert (counted["drawn"], counted["reviewed"], counted["inconsistent"]) == (1, 1, 0)


def test_a_page_of_samples_and_of_their_tickets_costs_the_same_however_many_there_are(
    api, people: People, closed: Closed
):
    for _ in range(3):
        closed()
    for _ in range(3):
        sample = draws(api, people).json()
    reviews(api, people.supervisor, SampledTicket.objects.filter(sample=sample["id"])[0], same("fault"))
    client = api(people.supervisor)
    client.get(SAMPLES)
    with statements(2):  # who is it, and the rows
        [newest, *others] = client.get(SAMPLES).json()["results"]
    assert (newest["drawn"], newest["reviewed"], len(others)) == (3, 1, 2)
    with statements(2):  # who is it, and the rows
        rows = client.get(SAMPLED, {"reviewed": False}).json()["results"]
    assert len(rows) == 8
