"""The audit: every way of writing is in it, nobody changes it, and people read of it what concerns them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import ProgrammingError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import Role, RoleGrant, Skill, User
from accounts.people import services as people_services
from fieldsvc.time import now
from sync.audit import forgetting
from sync.audit.models import AuditEntry
from sync.audit.triggers import audited_kinds
from sync.commands import Actor
from sync.sql import execute
from tests.people import People
from tests.phone import Phone
from tests.world import World
from tickets.complaints.services import edit_ticket, hold_ticket
from tickets.models import Site, Ticket, Visit

Api = Callable[[User | None], APIClient]
URL = "/api/v1/audit"

FACTS = "written once; who, when, on whose behalf and from where stands in the row itself"
DERIVED = "follows from other rows"
ENGINE = "bookkeeping of the engine; what it is about is audited or a fact"
STEPS = "each step is kept in the row with its time and person"
NOT_AUDITED = {
    # sync
    "sync.AuditEntry": "it is the audit",
    "sync.BootAnchor": ENGINE,
    "sync.DocumentWrite": ENGINE,
    "sync.Epoch": ENGINE,
    "sync.FeedDocument": DERIVED,
    "sync.FeedEntry": DERIVED,
    "sync.FeedMark": ENGINE,
    "sync.FeedScope": DERIVED,
    "sync.FieldAuthor": DERIVED,
    "sync.Receipt": FACTS,
    "sync.RowReplica": ENGINE,
    "sync.StoredCursor": ENGINE,
    "sync.StoredFile": ENGINE,
    "sync.Thumbnail": DERIVED,
    "sync.Upload": ENGINE,
    "sync.UploadPart": ENGINE,
    # accounts
    "accounts.Consent": STEPS,
    "accounts.OneTimeCode": "a secret of minutes",
    "accounts.SignInHit": "counts attempts, and is gone after an hour",
    # notifications
    "notifications.Escalation": FACTS,
    "notifications.HeldNotice": DERIVED,
    "notifications.Message": FACTS,
    "notifications.Notice": FACTS,
    "notifications.PushSubscription": "an address that a browser gives and renews by itself",
    # parts
    "parts.Allocation": STEPS,
    "parts.CountSheet": FACTS,
    "parts.CountSheetLine": FACTS,
    "parts.Discrepancy": STEPS,
    "parts.Requisition": STEPS,
    "parts.RequisitionLine": STEPS,
    "parts.SerialPosition": DERIVED,
    "parts.StockBalance": DERIVED,
    "parts.StockMovement": FACTS,
    "parts.Stocktake": STEPS,
    "parts.StocktakeLine": STEPS,
    "parts.Stocktake_wanted": STEPS,
    "parts.Transfer": STEPS,
    "parts.TransferLine": STEPS,
    "parts.TransferReceipt": FACTS,
    "parts.TransferReceiptLine": FACTS,
    "parts.VanKeeper": FACTS,
    # tickets
    "tickets.AccountEvent": FACTS,
    "tickets.AccountOffer": STEPS,
    "tickets.AppointmentReminder": STEPS,
    "tickets.Attachment": STEPS,
    "tickets.AttendanceCorrection": STEPS,
    "tickets.AttendanceDay": DERIVED,
    "tickets.AttendanceMark": ENGINE,
    "tickets.Bill": FACTS,
    "tickets.BillCounter": STEPS,
    "tickets.BillLine": FACTS,
    "tickets.BillReminder": STEPS,
    "tickets.BindingCode": "a secret of minutes",
    "tickets.Call": FACTS,
    "tickets.Callback": STEPS,
    "tickets.CallbackEvent": FACTS,
    "tickets.CashHandIn": FACTS,
    "tickets.CheckIn": FACTS,
    "tickets.ChosenWindow": STEPS,
    "tickets.ClockSegment": FACTS,
    "tickets.ClockTimer": DERIVED,
    "tickets.ClockWarning": FACTS,
    "tickets.ConsentGap": STEPS,
    "tickets.ContractReminder": STEPS,
    "tickets.CountedTerritory": DERIVED,
    "tickets.DataCopy": STEPS,
    "tickets.Doubt": STEPS,
    "tickets.DoubtMark": ENGINE,
    "tickets.Erasure": STEPS,
    "tickets.Escalation": STEPS,
    "tickets.FiledRequest": "tells a repeat, for a day",
    "tickets.Finding": FACTS,
    "tickets.HandOver": STEPS,
    "tickets.HandedMatter": FACTS,
    "tickets.IncomingSms": STEPS,
    "tickets.Inspection": STEPS,
    "tickets.Installation": STEPS,
    "tickets.Note": FACTS,
    "tickets.OfferedWindow": STEPS,
    "tickets.PartUse": FACTS,
    "tickets.Payment": FACTS,
    "tickets.PaymentLink": STEPS,
    "tickets.PlannedStop": STEPS,
    "tickets.Quote": STEPS,
    "tickets.QuoteLine": FACTS,
    "tickets.Rating": FACTS,
    "tickets.Recovery": STEPS,
    "tickets.Refund": STEPS,
    "tickets.Repayment": STEPS,
    "tickets.ReportCell": DERIVED,
    "tickets.ReportMark": ENGINE,
    "tickets.Review": FACTS,
    "tickets.RoutePlan": STEPS,
    "tickets.Sample": FACTS,
    "tickets.SampledTicket": "its verdict follows from its reviews",
    "tickets.ScoreMark": FACTS,
    "tickets.StaffComplaint": "keeps its own history, hidden from whom it concerns",
    "tickets.StaffComplaintEvent": FACTS,
    "tickets.Swap": FACTS,
    "tickets.TicketClock": DERIVED,
    "tickets.TicketEvent": FACTS,
    "tickets.TicketFacts": DERIVED,
    "tickets.ToldApart": FACTS,
    "tickets.VisitRating": FACTS,
    "tickets.Warranty": DERIVED,
    "tickets.WarrantyReminder": STEPS,
}
OURS = ("sync", "accounts", "notifications", "parts", "tickets")


def entries(client: APIClient, url: str = URL, **asked: Any) -> list[dict[str, Any]]:
    answer = client.get(url, asked)
    assert answer.status_code == 200, answer.json()
    return list(answer.json()["results"])


def changes(entry: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {change["field"]: (change["old"], change["new"]) for change in entry["changes"]}


def of_row(row: Any) -> AuditEntry:
    """The newest entry."""
    return AuditEntry.objects.filter(row_id=str(row.pk)).latest("id")


def test_every_table_is_audited_or_it_is_said_why_not():
    audited = {apps.get_model(kind)._meta.db_table for kind in audited_kinds()}
    silent = {
        model._meta.label
        for label in OURS
        for model in apps.get_app_config(label).get_models(include_auto_created=True)
        if model._meta.db_table not in audited
    }
    assert silent - set(NOT_AUDITED) == set(), "add audited() to Meta.triggers, or the reason here"
    assert set(NOT_AUDITED) - silent == set()


# Who


def test_the_desk_edits_a_ticket_for_somebody(world: World, people: People, api: Api):
    ticket = world.ticket()
    api(people.agent).patch(f"/api/v1/tickets/{ticket.pk}", {"contact_name": "Rosa's sister"})
    entry = entries(api(people.supervisor), f"/api/v1/tickets/{ticket.pk}/audit")[0]
    assert changes(entry) == {"contact_name": ("Rosa", "Rosa's sister")}
    assert (entry["actor_name"], entry["door"], entry["action"]) == ("Ada Agent", "http", "update")
    assert (entry["kind"], entry["row_id"]) == ("tickets.ticket", str(ticket.pk))
    assert entry["request_id"]


def test_on_whose_behalf_is_recorded(world: World, people: People):
    ticket = world.ticket()
    actor = Actor(people.agent, on_behalf_of=people.resident)
    edit_ticket(actor=actor, occurred_at=now(), ticket_id=ticket.pk, title="Tap drips")
    entry = of_row(ticket)
    assert (entry.actor_id, entry.on_behalf_of_id) == (people.agent.pk, people.resident.pk)


def test_what_a_phone_did_names_the_phone(world: World, people: People, phone: Callable[[User], Phone], api: Api):
    visit = world.dispatched_visit()
    handset = phone(people.technician)
    handset.pull()
    handset.does("visit.accept", hours_ago=1, visit_id=visit)
    assert handset.push() == ["applied"]
    entry = next(
        entry
        for entry in entries(api(people.supervisor), f"/api/v1/tickets/{visit.ticket_id}/audit")
        if entry["kind"] == "tickets.visit"
    )
    assert changes(entry)["status"] == ("dispatched", "accepted")
    assert (entry["door"], entry["actor_name"]) == ("push", "Tom Technician")
    assert (entry["device_id"], entry["device_name"]) == (str(handset.device.pk), "Test phone")


def test_the_admin_site_is_no_way_round(people: People):
    people.administrator.is_staff = True
    people.administrator.save()
    client = Client()
    client.force_login(people.administrator, backend="django.contrib.auth.backends.ModelBackend")
    place = people.south
    address = f"/admin/accounts/territory/{place.pk}/change/"
    answer = client.post(address, {"code": "south", "name": "Far South", "name_zh": "", "time_zone": "Asia/Shanghai"})
    assert answer.status_code == 302
    entry = of_row(place)
    assert entry.changes["name"] == ["South", "Far South"]
    assert (entry.door, entry.actor_id) == ("admin", people.administrator.pk)


@pytest.mark.django_db(transaction=True)
def test_whoever_writes_past_the_application_is_seen_and_not_named(people: People):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_territory SET name = 'Nowhere' WHERE id = %s", [people.north.pk])
    entry = of_row(people.north)
    assert entry.changes == {"name": ["North", "Nowhere"]}
    assert (entry.actor_id, entry.door) == (None, "")


# What


def test_a_bulk_update_leaves_an_entry_for_each_row_that_changed(world: World, people: People):
    tickets = [world.ticket() for _ in range(3)]
    Ticket.objects.filter(pk=tickets[0].pk).update(priority=1)
    before = AuditEntry.objects.count()
    Ticket.objects.update(priority=1)
    assert AuditEntry.objects.count() == before + 2


def test_what_changes_nothing_is_nothing(world: World):
    ticket = world.ticket()
    before = AuditEntry.objects.count()
    Ticket.objects.filter(pk=ticket.pk).update(title=ticket.title, archived=False)
    assert AuditEntry.objects.count() == before


def test_a_role_that_was_given_and_taken(people: People, api: Api):
    administrator = Actor(people.administrator)
    people_services.grant_role(
        actor=administrator,
        occurred_at=now(),
        person_id=people.technician.pk,
        role="dispatcher",
        territory_id=people.north.pk,
    )
    grant = RoleGrant.objects.get(user=people.technician, role="dispatcher")
    made = of_row(grant)
    assert (made.action, made.changes["role"], made.actor_id) == (
        "insert",
        [None, "dispatcher"],
        people.administrator.pk,
    )
    people_services.revoke_role(
        actor=administrator,
        occurred_at=now(),
        person_id=people.technician.pk,
        role="dispatcher",
        territory_id=people.north.pk,
    )
    gone = AuditEntry.objects.get(row_id=str(grant.pk), action="delete")
    assert gone.changes["role"] == ["dispatcher", None]
    assert str(grant.pk) in {entry["row_id"] for entry in entries(api(people.supervisor))}


def test_a_skill_that_was_learnt_and_lost_stands_in_the_story_of_the_person(people: People, api: Api):
    client, url = api(people.administrator), f"/api/v1/users/{people.technician.pk}"
    gas = Skill.objects.create(code="gas", name="Gas")
    for skills in (["gas"], ["gas"], []):
        assert client.patch(url, {"skills": skills}).status_code == 200
    told = entries(client, kind="accounts.personskill", row=people.technician.pk)
    assert [(entry["action"], changes(entry)["skill_id"]) for entry in told] == [
        ("delete", (str(gas.pk), None)),
        ("insert", (None, str(gas.pk))),
    ]
    assert {entry["actor_id"] for entry in told} == {str(people.administrator.pk)}


def test_that_a_password_changed_is_told_and_no_more(people: People):
    people.agent.set_password("correct horse battery staple")
    people.agent.save()
    assert of_row(people.agent).changes == {"password": [None, None]}
    made = AuditEntry.objects.get(row_id=str(people.agent.pk), action="insert")
    assert "password" not in made.changes


def test_a_token_is_told_of_without_its_hash(people: People, api: Api):
    api(people.agent)
    entry = AuditEntry.objects.filter(kind="accounts.devicetoken").latest("id")
    assert entry.row_id == str(people.agent.pk)
    assert set(entry.changes) <= {"user_id", "created", "device_id"}


# For ever, or as long as the settings say


@pytest.mark.parametrize("statement", ["UPDATE sync_auditentry SET door = 'http'", "DELETE FROM sync_auditentry"])
def test_the_database_refuses_to_change_what_was_written(people: People, statement: str):
    assert people.north
    execute("SELECT set_config('fieldsvc.forgetting', 'yes', true)")
    refused = pytest.raises(ProgrammingError, match=r"Cannot update|append only")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def old_entry(kind: str, days: int) -> AuditEntry:
    return AuditEntry.objects.create(
        at=now() - timedelta(days=days), kind=kind, row_id="x", action="update", changes={}
    )


def test_each_kind_is_kept_as_long_as_the_settings_say(db: None, settings: Any):
    settings.AUDIT_DAYS = {"*": 400, "sync.device": 100}
    for kind in ("sync.device", "tickets.site"):
        for days in (500, 200, 50):
            old_entry(kind, days)
    assert forgetting.forget() == 3
    left = AuditEntry.objects.filter(row_id="x").order_by("id")
    assert [(entry.kind, (now() - entry.at).days) for entry in left] == [
        ("sync.device", 50),
        ("tickets.site", 200),
        ("tickets.site", 50),
    ]
    assert forgetting.forget() == 0


def test_whatever_the_settings_say_the_last_month_is_kept(db: None, settings: Any):
    settings.AUDIT_DAYS = {"*": 1}
    old_entry("tickets.site", 29)
    old_entry("tickets.site", 31)
    assert forgetting.forget() == 1


# Who reads it


@pytest.mark.parametrize("who", ["resident", "technician", "agent", "dispatcher", "storekeeper"])
def test_the_audit_is_not_for_everybody(world: World, people: People, api: Api, who: str):
    visit = world.dispatched_visit()
    client = api(getattr(people, who))
    assert client.get(URL).json()["code"] == "role_required"
    assert client.get(f"/api/v1/tickets/{visit.ticket_id}/audit").status_code in (403, 404)


def test_a_supervisor_reads_of_their_own_territories(world: World, people: People, api: Api):
    here = world.site
    there = Site.objects.create(territory=people.south, complex="Far", address="1")
    Site.objects.update(radius_m=99)
    assert {entry["row_id"] for entry in entries(api(people.supervisor), kind="tickets.site")} == {str(here.pk)}
    assert {entry["row_id"] for entry in entries(api(people.administrator), kind="tickets.site")} == {
        str(here.pk),
        str(there.pk),
    }
    assert not entries(api(people.supervisor), kind="accounts.user")


def test_a_conflict_is_told_of_to_the_supervisors_of_its_territory(
    world: World, people: People, phone: Callable[[User], Phone], api: Api
):
    visit = world.dispatched_visit()
    handset = phone(people.technician)
    handset.pull()
    edit_ticket(
        actor=Actor(people.dispatcher), occurred_at=now(), ticket_id=visit.ticket_id, contact_name="Rosa's sister"
    )
    told: dict[str, Any] = {"contact_name": "Rosa's brother", "base": {"contact_name": "Rosa"}}
    handset.does("ticket.edit", ticket_id=visit.ticket_id, **told)
    assert handset.push() == ["conflict"]
    southern = people._staff("southern supervisor", "Sara", Role.SUPERVISOR, people.south)
    (entry,) = entries(api(people.supervisor), kind="sync.conflict")
    assert (entry["territory_id"], entry["door"]) == (str(people.north.pk), "push")
    assert not entries(api(southern), kind="sync.conflict")


def test_a_ticket_that_moved_takes_its_story_with_it(world: World, people: People, api: Api):
    ticket = world.ticket()
    there = Site.objects.create(territory=people.south, complex="Far", address="1")
    hold_ticket(actor=Actor(people.agent), occurred_at=now(), ticket_id=ticket.pk, reason="other")
    Ticket.objects.filter(pk=ticket.pk).update(site=there, territory=people.south)
    southern = people._staff("southern supervisor", "Sara", Role.SUPERVISOR, people.south)
    url = f"/api/v1/tickets/{ticket.pk}/audit"
    assert len(entries(api(southern), url)) == len(AuditEntry.objects.filter(root_id=ticket.pk)) > 1
    assert api(people.supervisor).get(url).status_code == 404


def test_contacts_are_masked_for_those_who_do_not_call_back(world: World, people: People, api: Api):
    ticket = world.ticket()
    Ticket.objects.filter(pk=ticket.pk).update(
        contact_phone="+86 138 1234 5678",
        details={"mail": "rosa@example.org", "note": "ring 029-88887777 before", "meter": "G4"},
    )
    url = f"/api/v1/tickets/{ticket.pk}/audit"
    seen = changes(entries(api(people.supervisor), url)[0])
    assert seen["contact_phone"][1] == "+86 138 1234 5678"
    seen = changes(entries(api(people.administrator), url)[0])
    assert seen["contact_phone"][1] == "***5678"
    assert seen["details"][1] == {"mail": "***", "note": "ring ***7777 before", "meter": "G4"}


def test_masking_leaves_days_moments_and_ids_alone(world: World, people: People, api: Api):
    visit = world.dispatched_visit()
    moment = now()
    Visit.objects.filter(pk=visit.pk).update(accepted_at=moment, cancelled_by=people.dispatcher)
    seen = changes(entries(api(people.administrator), f"/api/v1/tickets/{visit.ticket_id}/audit")[0])
    assert seen["accepted_at"][1].startswith(f"{moment:%Y-%m-%dT%H:%M}")
    assert seen["cancelled_by_id"][1] == str(people.dispatcher.pk)


def test_the_audit_is_searched(world: World, people: People, api: Api):
    ticket = world.ticket()
    client = api(people.administrator)
    edit_ticket(actor=Actor(people.agent), occurred_at=now(), ticket_id=ticket.pk, title="Tap drips")
    newest = of_row(ticket).pk
    for asked in (
        {"person": people.agent.pk},
        {"kind": "tickets.ticket"},
        {"row": ticket.pk},
        {"door": "console", "action": "update"},
        {"after": (now() - timedelta(hours=1)).isoformat(), "before": (now() + timedelta(hours=1)).isoformat()},
    ):
        assert newest in [entry["id"] for entry in entries(client, **asked)], asked
    for asked in ({"person": people.resident.pk}, {"device": ticket.pk}, {"before": "2020-01-01T00:00:00Z"}):
        assert not entries(client, **asked)


def test_what_makes_no_sense_is_named(people: People, api: Api):
    client = api(people.administrator)
    for asked in ({"person": "Ada"}, {"door": "window"}, {"after": "yesterday"}, {"device": "x"}):
        answer = client.get(URL, asked)
        assert answer.status_code == 400
        assert [error["field"] for error in answer.json()["errors"]] == list(asked)


def test_a_page_of_the_audit_costs_the_same_however_long(world: World, people: People, api: Api):
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            entries(client)
        return len(queries)

    client = api(people.supervisor)
    edit_ticket(actor=Actor(people.agent), occurred_at=now(), ticket_id=world.ticket().pk, title="Tap drips")
    few = cost()
    for ticket in [world.ticket() for _ in range(5)]:
        edit_ticket(actor=Actor(people.dispatcher), occurred_at=now(), ticket_id=ticket.pk, title="Tap drips")
    assert cost() == few
