"""Complaints about staff: heard by those who can judge, and by nobody whom they concern."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.admin import site as admin_site
from django.db import IntegrityError, ProgrammingError, transaction
from django.test import RequestFactory

from accounts.models import Role, RoleGrant, User
from fieldsvc.time import time_is
from notifications.admin import NoticeAdmin
from notifications.models import Notice
from sync.commands import Actor
from sync.ids import uuid7
from sync.models import AuditEntry
from tests.people import People
from tests.statements import statements
from tests.tickets.conftest import Api, codes, url
from tests.world import World
from tickets.clock.models import PolicyTarget, Target
from tickets.complaints.models import Ticket
from tickets.models import StaffComplaint, StaffComplaintEvent, Visit
from tickets.staff_complaints.access import handlers_of, visible_complaints
from tickets.staff_complaints.selectors import complained_about
from tickets.staff_complaints.sweeping import sweep_staff_complaints

COMPLAINTS = "/api/v1/staff-complaints"
NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
pytestmark = pytest.mark.at(NOON)
"""A Monday, twelve o'clock in the north."""
LIST = 2
"""Statements of a list: who asks, and the complaints."""

File = Callable[..., dict[str, Any]]
Do = Callable[..., Any]


def after(hours: float) -> datetime:
    return NOON + timedelta(hours=hours)


def wire(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


@pytest.fixture(autouse=True)
def _everybody(people: People) -> None:
    for role in ("agent", "dispatcher", "supervisor", "administrator", "technician", "resident"):
        assert getattr(people, role)


@pytest.fixture
def second_supervisor(people: People) -> User:
    person = User.objects.create_user("second", name="Sue Supervisor")
    RoleGrant.objects.create(user=person, role=Role.SUPERVISOR, territory=people.north)
    return person


@pytest.fixture
def visit(world: World) -> Visit:
    return world.dispatched_visit()


@pytest.fixture
def file(api: Api, people: People) -> File:
    """The resident complains, or somebody else does."""

    def file(who: User | None = None, **told: Any) -> dict[str, Any]:
        about = {"text": "He was rude.", "happened_at": wire(after(-20)), "territory_id": people.north.pk, **told}
        answer = api(who or people.resident).post(COMPLAINTS, about)
        assert answer.status_code == 201, answer.content
        filed: dict[str, Any] = answer.json()
        return filed

    return file


@pytest.fixture
def do(api: Api, people: People) -> Do:
    """`do(complaint, "take", reply=…)` as the supervisor, or as somebody else."""

    def do(complaint: dict[str, Any], step: str, who: User | None = None, **told: Any) -> Any:
        return api(who or people.supervisor).post(f"{COMPLAINTS}/{complaint['id']}/{step}", told)

    return do


@pytest.fixture
def shown(api: Api) -> Callable[..., dict[str, Any]]:
    def shown(complaint: dict[str, Any], who: User) -> dict[str, Any]:
        answer = api(who).get(f"{COMPLAINTS}/{complaint['id']}")
        assert answer.status_code == 200, answer.content
        return dict(answer.json())

    return shown


@pytest.fixture
def sees(api: Api) -> Callable[[dict[str, Any], User], bool]:
    """Whether a person finds it: by its id, and in the list, which have to agree."""

    def sees(complaint: dict[str, Any], who: User) -> bool:
        client = api(who)
        by_id = client.get(f"{COMPLAINTS}/{complaint['id']}").status_code == 200
        listed = complaint["id"] in [row["id"] for row in client.get(COMPLAINTS).json()["results"]]
        assert by_id == listed
        return by_id

    return sees


def kinds_told(person: User) -> list[str]:
    notices = Notice.objects.filter(user=person, kind__startswith="staff_complaint_")
    return list(notices.order_by("created_at", "id").values_list("kind", flat=True))


def history(complaint: dict[str, Any]) -> list[str]:
    events = StaffComplaintEvent.objects.filter(complaint=complaint["id"]).order_by("occurred_at", "id")
    return list(events.values_list("kind", flat=True))


def refused(answer: Any, status: int, code: str) -> bool:
    return (answer.status_code, answer.json()["code"]) == (status, code)


class TestFiling:
    def test_a_resident_complains_about_who_came_and_hears_by_when_we_reply(
        self, file: File, shown: Any, visit: Visit, people: People
    ) -> None:
        filed = file(visit_id=visit.pk)
        assert filed == {**filed, "received_at": wire(NOON), "due_at": wire(after(48))}
        complaint = shown(filed, people.resident)
        assert complaint["concerned"]["id"] == str(people.technician.pk)
        assert (complaint["ticket_id"], complaint["state"]) == (str(visit.ticket_id), "received")
        assert kinds_told(people.resident) == ["staff_complaint_filed"]
        assert kinds_told(people.supervisor) == ["staff_complaint_received"]

    def test_an_agent_writes_it_down_for_them_and_both_are_recorded(
        self, file: File, shown: Any, people: People
    ) -> None:
        filed = file(people.agent, on_behalf_of=people.resident.pk, person_id=people.technician.pk)
        complaint = shown(filed, people.supervisor)
        assert (complaint["resident"]["name"], complaint["filed_by"]["name"]) == ("Rosa Resident", "Ada Agent")
        event = StaffComplaintEvent.objects.get()
        assert (event.actor, event.on_behalf_of) == (people.agent, people.resident)

    def test_the_agent_sees_that_it_was_filed_and_nothing_more_of_it(
        self, file: File, sees: Any, people: People
    ) -> None:
        filed = file(people.agent, on_behalf_of=people.resident.pk)
        assert set(filed) == {"id", "reference", "received_at", "due_at"}
        assert not sees(filed, people.agent)
        assert kinds_told(people.agent) == []

    def test_a_caller_without_registration_leaves_name_and_number(
        self, file: File, shown: Any, do: Do, people: People
    ) -> None:
        filed = file(people.agent, contact_name="Carl", contact_number="138 1111 2222")
        complaint = shown(filed, people.supervisor)
        assert (complaint["resident"], complaint["contact_number"]) == (None, "+8613811112222")
        assert do(filed, "withdraw", reason="He called again.").status_code == 204

    def test_whom_it_is_about_may_be_open(self, file: File, shown: Any, people: People) -> None:
        assert shown(file(), people.supervisor)["concerned"] is None

    def test_a_repeated_request_is_one_complaint(self, api: Api, file: File, people: People) -> None:
        id = str(uuid7())
        assert file(id=id) == file(id=id)
        assert StaffComplaint.objects.count() == 1
        again = {"id": id, "text": "Another.", "happened_at": wire(NOON), "territory_id": people.north.pk}
        assert refused(api(people.resident).post(COMPLAINTS, again), 409, "id_taken")

    @pytest.mark.parametrize(
        ("wrong", "field", "code"),
        [
            ({"text": ""}, "text", "blank"),
            ({"happened_at": wire(after(1))}, "happened_at", "happened_in_future"),
            ({"visit_id": str(uuid7())}, "visit_id", "visit_unknown"),
            ({"ticket_id": str(uuid7())}, "ticket_id", "ticket_unknown"),
            ({"person_id": str(uuid7())}, "person_id", "person_unknown"),
            ({"territory_id": str(uuid7())}, "territory_id", "territory_unknown"),
        ],
    )
    def test_bad_input_names_the_field_and_files_nothing(
        self, api: Api, people: People, wrong: dict[str, Any], field: str, code: str
    ) -> None:
        about = {"text": "Rude.", "happened_at": wire(NOON), "territory_id": people.north.pk, **wrong}
        answer = api(people.resident).post(COMPLAINTS, about)
        assert (answer.status_code, codes(answer)) == (400, {field: code})
        assert not StaffComplaint.objects.exists()

    @pytest.mark.parametrize(
        ("contact", "field", "code"),
        [
            ({}, "contact_name", "contact_required"),
            ({"contact_name": "Carl"}, "contact_number", "contact_required"),
            ({"contact_name": "Carl", "contact_number": "12"}, "contact_number", "phone_not_valid"),
        ],
    )
    def test_the_desk_says_who_complains(
        self, api: Api, people: People, contact: dict[str, str], field: str, code: str
    ) -> None:
        about = {"text": "Rude.", "happened_at": wire(NOON), **contact}
        answer = api(people.agent).post(COMPLAINTS, about)
        assert (answer.status_code, codes(answer)) == (400, {field: code})

    def test_a_resident_names_only_who_came_to_them(
        self, api: Api, file: File, visit: Visit, world: World, people: People
    ) -> None:
        world.dispatched_visit(people.colleague, world.ticket(people.neighbour))
        about = {"text": "Rude.", "happened_at": wire(NOON), "territory_id": people.north.pk}
        answer = api(people.resident).post(COMPLAINTS, {**about, "person_id": people.colleague.pk})
        assert codes(answer) == {"person_id": "person_unknown"}
        file(person_id=people.technician.pk)

    def test_nobody_complains_at_the_ticket_of_somebody_else(self, api: Api, world: World, people: People) -> None:
        theirs = world.ticket(people.neighbour)
        about = {"text": "Rude.", "happened_at": wire(NOON), "ticket_id": theirs.pk}
        assert codes(api(people.resident).post(COMPLAINTS, about)) == {"ticket_id": "ticket_unknown"}
        for_rosa = {**about, "on_behalf_of": people.resident.pk}
        assert codes(api(people.agent).post(COMPLAINTS, for_rosa)) == {"ticket_id": "ticket_unknown"}


class TestHiding:
    def test_it_is_seen_by_the_supervisors_and_whoever_complains_and_by_nobody_else(
        self, file: File, sees: Any, visit: Visit, people: People
    ) -> None:
        filed = file(visit_id=visit.pk)
        everybody = (
            *("resident", "neighbour", "technician", "colleague", "agent", "dispatcher", "supervisor"),
            *("storekeeper", "southern_dispatcher", "administrator"),
        )
        assert [who for who in everybody if sees(filed, getattr(people, who))] == ["resident", "supervisor"]

    def test_a_supervisor_does_not_see_the_one_about_themselves(
        self, file: File, sees: Any, do: Do, people: People, second_supervisor: User
    ) -> None:
        filed = file(people.agent, on_behalf_of=people.resident.pk, person_id=people.supervisor.pk)
        assert (sees(filed, people.supervisor), sees(filed, second_supervisor)) == (False, True)
        assert not sees(filed, people.administrator)
        assert kinds_told(people.supervisor) == []
        for step, told in (
            ("take", {"reply": "Hm."}),
            ("name", {"person_id": people.technician.pk}),
            ("answer", {"outcome": "not_upheld", "answer": "No."}),
            ("withdraw", {"reason": "No."}),
        ):
            assert do(filed, step, **told).status_code == 404, step
        with time_is(after(48)):
            sweep_staff_complaints(at=after(48))
        assert kinds_told(people.supervisor) == []
        assert kinds_told(second_supervisor)[-1] == "staff_complaint_warning"

    def test_where_the_only_supervisor_is_concerned_the_administrator_handles_it(
        self, file: File, sees: Any, do: Do, shown: Any, people: People
    ) -> None:
        filed = file(people.agent, on_behalf_of=people.resident.pk, person_id=people.supervisor.pk)
        assert (sees(filed, people.supervisor), sees(filed, people.administrator)) == (False, True)
        assert kinds_told(people.administrator) == ["staff_complaint_received"]
        admin = people.administrator
        assert do(filed, "take", admin, reply="I look into it.").status_code == 204
        assert do(filed, "answer", admin, outcome="upheld", answer="We are sorry.").status_code == 204
        assert shown(filed, people.resident)["state"] == "answered"

    def test_who_may_see_it_and_who_is_told_are_the_same(
        self, file: File, people: People, second_supervisor: User
    ) -> None:
        for person in (None, people.technician, people.supervisor, second_supervisor, people.administrator):
            told = {"person_id": person.pk} if person else {}
            filed = file(people.agent, on_behalf_of=people.resident.pk, **told)
            complaint = StaffComplaint.objects.get(pk=filed["id"])
            staff = User.objects.exclude(pk=people.resident.pk)
            seeing = {user for user in staff if visible_complaints(Actor(user)).filter(pk=complaint.pk).exists()}
            assert seeing == set(handlers_of(complaint)) != set()
        User.objects.filter(pk__in=[people.supervisor.pk, second_supervisor.pk]).update(is_active=False)
        complaint.refresh_from_db()
        assert handlers_of(complaint) == []  # it is about the administrator, and nobody else is there

    def test_no_door_of_the_house_leads_to_it(self, api: Api, file: File, do: Do, visit: Visit, people: People) -> None:
        """Neither ticket nor timeline, customer, callers, notices, audit nor reports tell that there is one."""
        before = AuditEntry.objects.filter(kind__contains="staffcomplaint").count()
        ticket = Ticket.objects.get(pk=visit.ticket_id)
        told = Ticket.objects.filter(pk=ticket.pk).values().get()
        filed = file(visit_id=visit.pk, text="Secret words.")
        do(filed, "take", reply="Secret words.")
        secrets = (filed["id"], filed["reference"], "Secret words.", "staff_complaint")
        person = people.resident.pk
        for who in (people.technician, people.agent, people.dispatcher, people.administrator):
            client = api(who)
            for path in (
                url(ticket),
                url(ticket, "timeline"),
                url(ticket, "audit"),
                f"/api/v1/customers/people/{person}",
                f"/api/v1/callers?q={filed['reference']}",
                f"/api/v1/tickets?q={filed['reference']}",
                "/api/v1/audit",
                "/api/v1/notices",
                "/api/v1/visits",
                f"{COMPLAINTS}?reference={filed['reference']}",
                f"{COMPLAINTS}?concerned={people.technician.pk}",
            ):
                text = client.get(path).content.decode()
                assert not [word for word in secrets if word in text.replace(path, "")], (who, path)
        assert before == AuditEntry.objects.filter(kind__contains="staffcomplaint").count() == 0
        assert told == Ticket.objects.filter(pk=ticket.pk).values().get()

    def test_the_admin_site_shows_none_of_it(self, file: File, visit: Visit, people: People) -> None:
        file(visit_id=visit.pk)
        assert StaffComplaint not in admin_site._registry
        request = RequestFactory().get("/")
        shown = NoticeAdmin(Notice, admin_site).get_queryset(request)
        assert shown.exists()
        assert not shown.filter(kind__startswith="staff_complaint").exists()

    def test_notices_to_supervisors_say_nothing_of_what_it_is_about(self, file: File, people: People) -> None:
        file(people.agent, on_behalf_of=people.resident.pk, person_id=people.technician.pk)
        notice = Notice.objects.get(user=people.supervisor)
        said = f"{notice.title}{notice.body}{notice.title_zh}{notice.body_zh}{notice.data}"
        assert "rude" not in said
        assert people.technician.name not in said


class TestNaming:
    def test_whoever_is_named_later_sees_and_has_heard_nothing_from_then_on(
        self, file: File, sees: Any, do: Do, people: People, second_supervisor: User
    ) -> None:
        filed = file()
        assert sees(filed, people.supervisor)
        assert kinds_told(people.supervisor) == ["staff_complaint_received"]
        named = do(filed, "name", second_supervisor, person_id=people.supervisor.pk, reason="It was his voice.")
        assert named.status_code == 204
        assert not sees(filed, people.supervisor)
        assert kinds_told(people.supervisor) == []
        assert history(filed) == ["filed", "named"]

    def test_who_has_taken_it_and_is_named_has_it_no_more(
        self, file: File, sees: Any, do: Do, shown: Any, people: People
    ) -> None:
        filed = file()
        do(filed, "take", reply="I look into it.")
        assert do(filed, "name", person_id=people.supervisor.pk, reason="It was me.").status_code == 204
        complaint = shown(filed, people.administrator)
        assert (complaint["state"], complaint["handler"]) == ("received", None)
        assert not sees(filed, people.supervisor)
        assert kinds_told(people.administrator) == ["staff_complaint_received"]

    def test_a_wrong_name_is_put_right(self, file: File, do: Do, shown: Any, visit: Visit, people: People) -> None:
        filed = file(visit_id=visit.pk)
        assert do(filed, "name", person_id=people.colleague.pk).status_code == 204
        assert do(filed, "name", person_id=people.colleague.pk).status_code == 204
        assert shown(filed, people.supervisor)["concerned"]["id"] == str(people.colleague.pk)
        assert history(filed) == ["filed", "named"]

    def test_only_staff_of_the_territory_is_named(self, file: File, do: Do, people: People) -> None:
        for person in (people.neighbour, people.resident, people.southern_dispatcher):
            assert codes(do(file(), "name", person_id=person.pk)) == {"person_id": "person_unknown"}

    def test_the_database_lets_nobody_handle_what_is_about_them(self, file: File, do: Do, people: People) -> None:
        filed = file()
        do(filed, "take", reply="I look into it.")
        with pytest.raises(IntegrityError), transaction.atomic():
            StaffComplaint.objects.filter(pk=filed["id"]).update(concerned=people.supervisor)


class TestHandling:
    def test_the_resident_follows_it_from_the_first_reply_to_the_answer(
        self, file: File, do: Do, shown: Any, people: People
    ) -> None:
        filed = file()
        with time_is(after(3)):
            assert do(filed, "take", reply="I will talk to him.").status_code == 204
        complaint = shown(filed, people.resident)
        assert (complaint["state"], complaint["reply"]) == ("in_review", "I will talk to him.")
        assert (complaint["replied_at"], complaint["awaited_by"]) == (wire(after(3)), None)
        with time_is(after(5)):
            assert do(filed, "answer", outcome="partly_upheld", answer="He is sorry.").status_code == 204
            assert do(filed, "answer", outcome="partly_upheld", answer="He is sorry.").status_code == 204
        complaint = shown(filed, people.resident)
        assert (complaint["state"], complaint["outcome"], complaint["answer"]) == (
            "answered",
            "partly_upheld",
            "He is sorry.",
        )
        steps = ("filed", "in_review", "answered")
        assert kinds_told(people.resident) == [f"staff_complaint_{step}" for step in steps]
        notice = Notice.objects.get(user=people.resident, kind="staff_complaint_answered")
        assert (notice.body, notice.body_zh) == (
            "You were right in part.\nHe is sorry.",
            "您的投诉部分成立。\nHe is sorry.",
        )
        assert history(filed) == ["filed", "taken", "answered"]

    def test_it_is_taken_before_it_is_answered_and_by_one(
        self, file: File, do: Do, people: People, second_supervisor: User
    ) -> None:
        filed, answer = file(), {"outcome": "upheld", "answer": "Sorry."}
        assert refused(do(filed, "answer", **answer), 409, "staff_complaint_not_taken")
        do(filed, "take", reply="I look into it.")
        assert do(filed, "take", reply="I look into it.").status_code == 204
        conflict = do(filed, "take", second_supervisor, reply="Me too.")
        assert refused(conflict, 409, "staff_complaint_taken")
        assert conflict.json()["handler"] == people.supervisor.name
        assert refused(do(filed, "answer", second_supervisor, **answer), 409, "staff_complaint_taken")
        assert do(filed, "take", second_supervisor, reply="I go on.", take_over=True).status_code == 204
        assert do(filed, "answer", second_supervisor, **answer).status_code == 204
        assert history(filed) == ["filed", "taken", "taken", "answered"]

    def test_what_has_ended_stays_as_it_is(self, file: File, do: Do, people: People) -> None:
        filed = file()
        do(filed, "take", reply="I look into it.")
        do(filed, "answer", outcome="upheld", answer="Sorry.")
        for step, who, told in (
            ("take", people.supervisor, {"reply": "Again."}),
            ("answer", people.supervisor, {"outcome": "not_upheld", "answer": "No."}),
            ("name", people.supervisor, {"person_id": people.technician.pk}),
            ("withdraw", people.resident, {"reason": "Enough."}),
        ):
            assert refused(do(filed, step, who, **told), 409, "staff_complaint_ended"), step

    def test_the_resident_withdraws_it_with_a_reason_and_nobody_does_so_for_them(
        self, file: File, do: Do, shown: Any, people: People
    ) -> None:
        filed = file()
        assert refused(do(filed, "withdraw", reason="He meant well."), 403, "not_your_staff_complaint")
        assert codes(do(filed, "withdraw", people.resident)) == {"reason": "required"}
        for _ in range(2):
            assert do(filed, "withdraw", people.resident, reason="He called me.").status_code == 204
        assert shown(filed, people.supervisor)["withdrawal_reason"] == "He called me."
        assert kinds_told(people.supervisor)[-1] == kinds_told(people.resident)[-1] == "staff_complaint_withdrawn"
        assert sweep_staff_complaints(at=after(99)) == 0

    def test_the_history_is_for_those_who_handle_it_and_nobody_changes_it(
        self, api: Api, file: File, people: People
    ) -> None:
        path = f"{COMPLAINTS}/{file()['id']}/events"
        [event] = api(people.supervisor).get(path).json()
        assert (event["kind"], event["actor"]["name"]) == ("filed", "Rosa Resident")
        assert api(people.resident).get(path).status_code == 403
        assert api(people.agent).get(path).status_code == 404
        for change in (StaffComplaintEvent.objects.all().delete, lambda: StaffComplaintEvent.objects.update(text="")):
            with pytest.raises(ProgrammingError), transaction.atomic():
                change()


class TestTheFirstReply:
    def test_supervisors_are_warned_at_half_three_quarters_and_all_of_the_time_once_each(
        self, file: File, people: People
    ) -> None:
        file()
        assert sweep_staff_complaints(at=after(23)) == 0
        assert sweep_staff_complaints(at=after(24)) == 1
        assert sweep_staff_complaints(at=after(25)) == 0
        assert sweep_staff_complaints(at=after(70)) == 2  # the worker was down
        assert sweep_staff_complaints(at=after(90)) == 0
        notices = Notice.objects.filter(user=people.supervisor, kind="staff_complaint_warning").order_by("id")
        assert [(notice.data["percent"], notice.urgent) for notice in notices] == [
            (50, False),
            (75, False),
            (100, True),
        ]

    def test_whoever_was_replied_to_waits_no_more(self, file: File, do: Do) -> None:
        filed = file()
        do(filed, "take", reply="I look into it.")
        assert sweep_staff_complaints(at=after(99)) == 0

    def test_the_figure_is_the_limit_of_every_first_reply(self, file: File) -> None:
        targets = PolicyTarget.objects.filter(target=Target.FIRST_REPLY)
        file()
        targets.update(target_duration=timedelta(hours=6), limit_duration=timedelta(hours=12))
        assert file()["due_at"] == wire(after(12))
        targets.delete()
        assert file()["due_at"] == wire(after(48))

    def test_the_overdue_come_first_and_then_what_is_due_next(
        self, api: Api, file: File, do: Do, people: People
    ) -> None:
        replied = file()
        with time_is(after(50)):
            later = file()
        with time_is(after(1)):
            overdue = file()
        do(replied, "take", reply="I look into it.")
        with time_is(after(60)):
            client = api(people.supervisor)
            rows = client.get(COMPLAINTS).json()["results"]
            assert [row["id"] for row in rows] == [overdue["id"], later["id"], replied["id"]]
            late = client.get(COMPLAINTS, {"overdue": True}).json()["results"]
            assert [row["id"] for row in late] == [overdue["id"]]
            others = client.get(COMPLAINTS, {"overdue": False}).json()["results"]
            assert {row["id"] for row in others} == {later["id"], replied["id"]}

    def test_a_list_costs_the_same_however_long_it_is(self, api: Api, file: File, people: People) -> None:
        for _ in range(3):
            file(people.agent, on_behalf_of=people.resident.pk, person_id=people.technician.pk)
        client = api(people.supervisor)
        client.get(COMPLAINTS)
        with statements(LIST):
            assert len(client.get(COMPLAINTS).json()["results"]) == 3


def test_dispatch_may_ask_about_whom_a_customer_has_complained(
    file: File, do: Do, visit: Visit, people: People
) -> None:
    there = [people.technician.pk, people.colleague.pk]
    assert complained_about([people.resident.pk], there) == set()
    filed = file(visit_id=visit.pk)
    assert complained_about([people.resident.pk], there) == {(people.resident.pk, people.technician.pk)}
    assert complained_about([people.neighbour.pk], there) == set()
    do(filed, "withdraw", people.resident, reason="He called me.")
    assert complained_about([people.resident.pk], there) == set()
