"""Photos, signatures and documents: the record travels at once, the content when there is signal."""

from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from fieldsvc.time import now, time_passes
from sync.commands import Actor
from sync.ids import uuid7
from sync.models import StoredFile
from sync.uploads import services as uploads
from tests.people import People
from tests.phone import Phone, fresh_phone
from tests.standing import standing
from tests.sync import truth
from tests.sync.test_writes import Library
from tests.uploads.sending import begin, pdf, picture, send, send_by_tus, told
from tests.world import World
from tickets.complaints.services import cancel_ticket
from tickets.models import Attachment, Ticket, TicketEvent, Visit
from tickets.visits.services import cancel_visit, reassign_visit

API = "/api/v1"
Api = Callable[[User | None], APIClient]
DONE: dict[str, Any] = {"resolution_code": "repaired", "parts_answer": "none"}


@pytest.fixture
@standing
def visit(world: World) -> Visit:
    return world.dispatched_visit()


@pytest.fixture
def ticket(visit: Visit) -> Ticket:
    return visit.ticket


@pytest.fixture
def tom(people: People, visit: Visit) -> Phone:
    return fresh_phone(people.technician)


def attach(client: APIClient, ticket: Ticket, **data: Any) -> Any:
    body = {"kind": "photo", **{name: str(value) if isinstance(value, UUID) else value for name, value in data.items()}}
    return client.post(f"{API}/tickets/{ticket.pk}/attachments", body)


def shown(client: APIClient, ticket: Ticket) -> set[str]:
    return {row["id"] for row in client.get(f"{API}/tickets/{ticket.pk}/attachments").json()["results"]}


def content(client: APIClient, attachment: Any, what: str = "content", **headers: str) -> Any:
    answer: Any = client.get(f"{API}/attachments/{getattr(attachment, 'pk', attachment)}/{what}", headers=headers)
    if answer.streaming:
        answer.bytes = b"".join(answer.streaming_content)
    return answer


# The record never waits for the bytes


def test_a_photo_is_on_record_before_its_bytes_have_come(tom: Phone, ticket: Ticket):
    photo, upload = uuid7(), uuid7()
    tom.does("attachment.add", hours_ago=1, id=photo, ticket_id=ticket, kind="photo", upload_id=upload, caption="Meter")
    assert tom.push() == ["applied"]
    tom.pull()
    document = tom.document("attachments", photo)
    assert document is not None
    assert (document["state"], document["size"], document["caption"]) == ("waiting", None, "Meter")

    send_by_tus(tom.client, picture(), id=upload)
    tom.pull()
    document = tom.document("attachments", photo)
    assert document is not None
    assert (document["state"], document["content_type"], document["size"]) == ("stored", "image/jpeg", len(picture()))
    assert document["sha256"] == sha256(picture()).hexdigest()
    assert truth.differences() == []


def test_a_photo_may_come_before_its_record(tom: Phone, ticket: Ticket):
    upload = send_by_tus(tom.client, picture())
    assert attach(tom.client, ticket, upload_id=upload).json()["state"] == "stored"


def test_without_another_name_the_upload_has_the_attachments_id(tom: Phone, ticket: Ticket):
    photo = uuid7()
    attach(tom.client, ticket, id=photo)
    send_by_tus(tom.client, picture(), id=photo)
    assert Attachment.objects.get(pk=photo).state == "stored"


def test_a_photo_counts_once_however_often_it_is_told(tom: Phone, ticket: Ticket):
    tom.does("attachment.add", id=uuid7(), ticket_id=ticket, kind="photo", caption="Meter")
    tom.push(reply_is_lost=True)
    assert tom.push() == ["applied"]
    again = tom.does("attachment.add", **Attachment.objects.values("id", "ticket_id", "kind", "caption").get())
    assert tom.push() == ["applied"], tom.answers[again["id"]]
    assert Attachment.objects.count() == 1
    assert TicketEvent.objects.filter(kind="attachment_added").count() == 1


def test_an_id_is_one_attachment(tom: Phone, ticket: Ticket, world: World):
    photo = uuid7()
    other = world.dispatched_visit().ticket
    assert attach(tom.client, ticket, id=photo).status_code == 201
    assert attach(tom.client, ticket, id=photo, caption="Other").json()["code"] == "id_taken"
    assert attach(tom.client, other, id=photo).json()["code"] == "id_taken"


def test_a_content_that_was_rejected_says_so_and_may_come_again(tom: Phone, ticket: Ticket):
    photo = uuid7()
    attach(tom.client, ticket, id=photo)
    bad = picture()[:-2]
    where = begin(tom.client, len(bad), Upload_Metadata=told(id=photo))["Location"]
    assert send(tom.client, where, 0, bad).status_code == 400
    tom.pull()
    document = tom.document("attachments", photo)
    assert document is not None
    assert (document["state"], document["refusal"]) == ("rejected", "upload_broken")
    send_by_tus(tom.client, picture(), id=photo)
    assert Attachment.objects.values_list("state", "refusal").get(pk=photo) == ("stored", "")


def test_only_what_was_announced_is_taken_for_it(tom: Phone, ticket: Ticket):
    photo = attach(tom.client, ticket, sha256="0" * 64).json()["id"]
    signature = attach(tom.client, ticket).json()["id"]
    send_by_tus(tom.client, picture(), id=photo)
    send_by_tus(tom.client, pdf(), id=signature)
    refusals = dict(Attachment.objects.values_list("pk", "refusal"))
    assert refusals == {UUID(photo): "upload_not_as_declared", UUID(signature): "picture_wanted"}
    assert set(Attachment.objects.values_list("state", flat=True)) == {"rejected"}


def test_somebody_elses_upload_is_not_taken_for_ones_own(tom: Phone, ticket: Ticket, people: People):
    """Who learns or guesses the id of an upload gets nothing by it, neither way round."""
    theirs = send_by_tus(Phone(people.colleague).client, picture())
    assert attach(tom.client, ticket, upload_id=theirs).json()["state"] == "waiting"
    photo = attach(tom.client, ticket).json()["id"]
    send_by_tus(Phone(people.colleague).client, picture(), id=photo)
    assert set(Attachment.objects.values_list("state", flat=True)) == {"waiting"}


def test_who_sees_a_photo_that_has_not_come_yet_cannot_keep_it_from_coming(tom: Phone, ticket: Ticket, people: People):
    """The desk reads the id in the list, and begins an upload under it before the phone has signal again."""
    photo = attach(tom.client, ticket, internal=False).json()["id"]
    content_of_tom = picture(50, 50)
    for onlooker in (people.dispatcher, people.resident):
        client = Phone(onlooker).client
        assert photo in shown(client, ticket)
        begin(client, 9, Upload_Metadata=told(id=photo))
        begin(client, len(picture()), content=picture(), Upload_Metadata=told(id=photo))
    assert send_by_tus(tom.client, content_of_tom, id=photo) == UUID(photo)
    assert content(tom.client, photo).bytes == content_of_tom


# Clients that write documents


def test_a_written_attachment_is_what_it_means(tom: Phone, visit: Visit):
    library = Library(tom)
    photo = library.inserts(
        "attachments",
        ticket_id=str(visit.ticket_id),
        visit_id=str(visit.pk),
        kind="photo",
        caption="Meter",
        state="waiting",
        content_type="image/jpeg",
    )
    signature = library.inserts("attachments", visit_id=str(visit.pk), kind="signature", signed_by="Rosa")
    assert [outcome.status for outcome in library.sends(photo, signature)] == ["done", "done"]
    assert set(Attachment.objects.values_list("pk", "kind")) == {(photo.id, "photo"), (signature.id, "signature")}
    seen = library.document("attachments", photo.id)
    assert (
        library.send(library.edits("attachments", seen, state="withdrawn", withdrawal_reason="Blurred.")).status
        == "done"
    )
    assert Attachment.objects.get(pk=photo.id).state == "withdrawn"


# Who sees it


def test_what_ours_attach_is_internal_unless_they_say_otherwise(tom: Phone, ticket: Ticket, people: People, api: Api):
    inside = attach(tom.client, ticket).json()["id"]
    outside = attach(tom.client, ticket, internal=False).json()["id"]
    resident = api(people.resident)
    assert shown(resident, ticket) == {outside}
    assert shown(api(people.dispatcher), ticket) == shown(tom.client, ticket) == {inside, outside}
    assert set(fresh_phone(people.resident).collection("attachments")) == {outside}
    assert set(fresh_phone(people.agent).collection("attachments")) == {inside, outside}
    kinds = [event["kind"] for event in resident.get(f"{API}/tickets/{ticket.pk}/timeline").json()["results"]]
    assert kinds.count("attachment_added") == 1


def test_the_timeline_leads_to_the_photo(tom: Phone, ticket: Ticket, people: People, api: Api):
    """For everybody who may see it, over HTTP and on the resident's phone."""
    inside = attach(tom.client, ticket, caption="Meter").json()["id"]
    outside = attach(tom.client, ticket, caption="Valve", internal=False).json()["id"]

    def led_to(events: list[dict[str, Any]]) -> dict[str, str]:
        return {event["attachment_id"]: event["texts"]["en"] for event in events if event["attachment_id"]}

    told = dict.fromkeys((inside, outside), "Added: a photo.")  # what stands below it may be withdrawn
    for person, expected in (
        (people.dispatcher, told),
        (people.technician, told),
        (people.resident, {outside: told[outside]}),
    ):
        events = api(person).get(f"{API}/tickets/{ticket.pk}/timeline").json()["results"]
        assert led_to(events) == expected
    document = fresh_phone(people.resident).document("tickets", ticket)
    assert document is not None
    assert led_to(document["timeline"]) == {outside: told[outside]}


def test_what_a_resident_attaches_the_desk_and_the_technician_see(tom: Phone, ticket: Ticket, people: People, api: Api):
    answer = attach(api(people.resident), ticket, caption="It drips here.", internal=True).json()
    assert "internal" not in answer
    assert (answer["from_resident"], answer["state"]) == (True, "waiting")
    assert shown(api(people.agent), ticket) == shown(tom.client, ticket) == {answer["id"]}
    tom.pull()
    assert tom.document("attachments", answer["id"])


def test_an_agent_attaches_for_a_resident_who_has_no_phone(ticket: Ticket, people: People, api: Api):
    answer = attach(api(people.agent), ticket, on_behalf_of=people.resident.pk)
    assert answer.status_code == 201, answer.content
    attachment = Attachment.objects.get()
    assert (attachment.author, attachment.on_behalf_of, attachment.internal) == (people.agent, people.resident, False)


def test_strangers_find_neither_record_nor_content_nor_thumbnail(tom: Phone, ticket: Ticket, people: People, api: Api):
    photo = attach(tom.client, ticket, upload_id=send_by_tus(tom.client, picture()), internal=False).json()["id"]
    for stranger in (people.neighbour, people.colleague, people.southern_dispatcher, people.storekeeper):
        client = api(stranger)
        for path in ("", "/content", "/thumbnail"):
            there = client.get(f"{API}/attachments/{photo}{path}")
            nowhere = client.get(f"{API}/attachments/{uuid7()}{path}")
            assert (there.status_code, there.content) == (404, nowhere.content)
        assert attach(client, ticket).status_code == 404
    assert api(None).get(f"{API}/attachments/{photo}/content").status_code == 401


def test_an_attachment_leaves_with_the_visit_and_comes_with_the_next_one(
    tom: Phone, ticket: Ticket, visit: Visit, people: People
):
    photo = attach(tom.client, ticket).json()["id"]
    colin = fresh_phone(people.colleague)
    reassign_visit(
        actor=Actor(people.dispatcher),
        occurred_at=now(),
        visit_id=visit.pk,
        technician_id=people.colleague.pk,
        reason="nearer",
    )
    for phone in (tom, colin):
        phone.pull()
    assert tom.document("attachments", photo) is None
    assert colin.document("attachments", photo)
    assert truth.differences() == []


# Facts come late


def test_a_photo_of_a_visit_that_was_given_away_is_kept_and_flagged(tom: Phone, visit: Visit, people: People):
    cancel_visit(actor=Actor(people.dispatcher), occurred_at=now(), visit_id=visit.pk, reason="Filed twice.")
    photo = uuid7()
    tom.does("attachment.add", hours_ago=5, id=photo, ticket_id=visit.ticket_id, visit_id=visit, kind="photo")
    tom.does("visit.sign", hours_ago=5, visit_id=visit, signed_by="Rosa")
    assert tom.push() == ["applied", "applied"]
    send_by_tus(tom.client, picture(), id=photo)  # its bytes are taken, too
    attachment = Attachment.objects.get(pk=photo)
    assert attachment.state == "stored"
    assert {"late", "overtaken", "before_ticket"} == set(attachment.flags)


def test_a_photo_for_a_ticket_that_has_ended_is_kept_and_flagged(tom: Phone, world: World, people: People):
    ticket = world.ticket()
    cancel_ticket(actor=Actor(people.dispatcher), occurred_at=now(), ticket_id=ticket.pk, reason="Filed twice.")
    phone = fresh_phone(people.resident)
    phone.does("attachment.add", ticket_id=ticket, kind="photo")
    assert phone.push() == ["applied"]
    assert Attachment.objects.get().flags == ["after_end"]
    with time_passes(timedelta(days=15)):
        phone.does("attachment.add", ticket_id=ticket, kind="photo")
        assert phone.push() == ["refused"]
        assert [*phone.answers.values()][-1]["code"] == "ticket_closed_long_ago"
        phone.does("attachment.add", hours_ago=48, ticket_id=ticket, kind="photo")
        assert phone.push() == ["applied"]


def test_a_visit_of_another_ticket_is_refused(tom: Phone, ticket: Ticket, world: World):
    elsewhere = world.dispatched_visit()
    answer = attach(tom.client, ticket, visit_id=elsewhere.pk)
    assert (answer.status_code, answer.json()["code"]) == (400, "visit_elsewhere")


# Signatures


def test_a_visit_is_signed_and_completed_without_signal(tom: Phone, visit: Visit, people: People):
    signature = uuid7()
    tom.does("visit.check_in", visit_id=visit)
    tom.does("visit.sign", id=signature, visit_id=visit, signed_by="Rosa")
    tom.does("visit.complete", visit_id=visit, signature_id=signature, **DONE)
    assert tom.push() == ["applied"] * 3, tom.answers
    send_by_tus(tom.client, picture(format="PNG"), id=signature)
    tom.pull()
    document = tom.document("visits", visit)
    assert document is not None
    assert (document["status"], document["signed_by"]) == ("completed", "Rosa")
    assert document["signature_id"] == str(signature)
    assert fresh_phone(people.resident).document("attachments", signature)


def test_a_visit_is_completed_with_a_signature_of_its_own_only(tom: Phone, visit: Visit, world: World):
    elsewhere, signature, photo = world.dispatched_visit(), uuid7(), uuid7()
    tom.does("visit.check_in", visit_id=visit)
    tom.does("visit.sign", id=signature, visit_id=elsewhere, signed_by="Rosa")
    tom.does("attachment.add", id=photo, ticket_id=visit.ticket_id, visit_id=visit, kind="photo")
    for wrong in (signature, photo, uuid7()):
        tom.does("visit.complete", visit_id=visit, signature_id=wrong, **DONE)
    assert tom.push() == ["applied"] * 3 + ["refused"] * 3
    assert [*tom.answers.values()][-1]["code"] == "signature_unknown"


def test_the_signature_of_overtaken_work_stands_when_the_work_does(tom: Phone, visit: Visit, people: People, api: Api):
    cancel_visit(actor=Actor(people.dispatcher), occurred_at=now(), visit_id=visit.pk, reason="Filed twice.")
    signature = uuid7()
    tom.does("visit.check_in", visit_id=visit)
    tom.does("visit.sign", id=signature, visit_id=visit, signed_by="Rosa")
    tom.does("visit.complete", visit_id=visit, signature_id=signature, **DONE)
    assert tom.push() == ["conflict", "applied", "conflict"]
    [conflict] = api(people.dispatcher).get(f"{API}/sync/conflicts").json()["results"]
    answer = api(people.dispatcher).post(f"{API}/sync/conflicts/{conflict['id']}/resolve", {"keep": "device"})
    assert answer.status_code == 200, answer.content
    visit.refresh_from_db()
    assert (visit.status, visit.signature_id, visit.signed_by) == ("completed", signature, "Rosa")


# Withdrawal


def test_an_attached_photo_stays_when_its_upload_is_forgotten(
    tom: Phone, ticket: Ticket, django_capture_on_commit_callbacks: Any
):
    photo = attach(tom.client, ticket, upload_id=send_by_tus(tom.client, picture())).json()["id"]
    send_by_tus(tom.client, pdf())
    with django_capture_on_commit_callbacks(execute=True):
        uploads.forget_uploads(occurred_at=now() + timedelta(days=8))
        assert uploads.remove_unreferenced_files() == 1  # what nobody attached
    assert content(tom.client, photo).bytes == picture()


def test_a_withdrawn_photo_leaves_its_record_and_nothing_of_its_content(
    tom: Phone, ticket: Ticket, people: People, api: Api, django_capture_on_commit_callbacks: Any
):
    photo = attach(tom.client, ticket, upload_id=send_by_tus(tom.client, picture()), caption="Rosa's bank card").json()
    answer = tom.client.post(f"{API}/attachments/{photo['id']}/withdraw", {"reason": "Not ours to keep."})
    assert (answer.status_code, answer.json()["state"], answer.json()["caption"]) == (200, "withdrawn", "")
    assert answer.json()["sha256"] == photo["sha256"]
    desk = api(people.dispatcher)
    assert content(desk, photo["id"]).json()["code"] == "attachment_withdrawn"
    assert content(desk, photo["id"], "thumbnail").status_code == 410
    again = tom.client.post(f"{API}/attachments/{photo['id']}/withdraw", {"reason": "Not ours to keep."})
    assert again.status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        uploads.forget_uploads(occurred_at=now() + timedelta(days=8))
        uploads.remove_unreferenced_files()
    assert not StoredFile.objects.exists()


def test_the_author_or_the_desk_withdraws(tom: Phone, ticket: Ticket, people: People, api: Api):
    theirs = attach(api(people.resident), ticket).json()["id"]
    answer = tom.client.post(f"{API}/attachments/{theirs}/withdraw", {"reason": "Wrong flat."})
    assert (answer.status_code, answer.json()["code"]) == (403, "not_your_attachment")
    phone = fresh_phone(people.resident)
    phone.does("attachment.withdraw", attachment_id=theirs, reason="Wrong flat.")
    assert phone.push() == ["applied"]
    phone.pull()
    document = phone.document("attachments", theirs)
    assert document is not None
    assert document["state"] == "withdrawn"


def test_a_content_that_comes_after_the_withdrawal_is_not_taken(tom: Phone, ticket: Ticket):
    photo = attach(tom.client, ticket).json()["id"]
    tom.client.post(f"{API}/attachments/{photo}/withdraw", {"reason": "Wrong flat."})
    send_by_tus(tom.client, picture(), id=photo)
    assert Attachment.objects.filter(state="withdrawn", file=None).exists()


def test_the_signature_of_a_completed_visit_stays(tom: Phone, visit: Visit, people: People, api: Api):
    signature = uuid7()
    tom.does("visit.check_in", visit_id=visit)
    tom.does("visit.sign", id=signature, visit_id=visit, signed_by="Rosa")
    tom.does("visit.complete", visit_id=visit, signature_id=signature, **DONE)
    tom.push()
    answer = api(people.dispatcher).post(f"{API}/attachments/{signature}/withdraw", {"reason": "Illegible."})
    assert (answer.status_code, answer.json()["code"]) == (409, "signature_in_use")


# The content


@pytest.fixture
def photo(tom: Phone, ticket: Ticket) -> str:
    answer = attach(tom.client, ticket, upload_id=send_by_tus(tom.client, picture()))
    return str(answer.json()["id"])


def test_a_content_is_served_as_what_it_is_and_runs_nothing(tom: Phone, photo: str):
    answer = content(tom.client, photo)
    assert (answer.status_code, answer.bytes) == (200, picture())
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["Content-Disposition"] == f'inline; filename="photo-{photo}.jpg"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["Cache-Control"] == "private, no-cache"
    assert answer["ETag"] == f'"{sha256(picture()).hexdigest()}"'
    assert answer["Content-Length"] == str(len(picture()))


def test_a_document_is_downloaded_not_shown(tom: Phone, ticket: Ticket):
    document = attach(tom.client, ticket, kind="document", upload_id=send_by_tus(tom.client, pdf())).json()["id"]
    answer = content(tom.client, document)
    assert answer["Content-Disposition"] == f'attachment; filename="document-{document}.pdf"'
    assert content(tom.client, document, "thumbnail").json()["code"] == "no_thumbnail"


def test_who_has_a_content_already_is_told_so(tom: Phone, photo: str):
    tag = content(tom.client, photo)["ETag"]
    answer = content(tom.client, photo, **{"If-None-Match": f'"other", {tag}'})
    assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", tag)
    assert content(tom.client, photo, **{"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize(
    ("asked", "start", "stop"), [("bytes=5-9", 5, 10), ("bytes=5-", 5, None), ("bytes=-7", -7, None)]
)
def test_a_part_of_a_content_may_be_asked_for(tom: Phone, photo: str, asked: str, start: int, stop: int | None):
    whole = picture()
    answer = content(tom.client, photo, Range=asked)
    assert (answer.status_code, answer.bytes) == (206, whole[start:stop])
    first = start % len(whole)
    assert answer["Content-Range"] == f"bytes {first}-{first + len(answer.bytes) - 1}/{len(whole)}"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Range": "bytes=999999-"}, 416),
        ({"Range": "bytes=9-5"}, 416),
        ({"Range": "bytes=-0"}, 416),
        ({"Range": "lines=1-2"}, 200),
        ({"Range": "bytes=0-1,4-5"}, 200),
        ({"Range": "bytes=0-1", "If-Range": '"other"'}, 200),
    ],
)
def test_a_range_that_there_is_not_is_none(tom: Phone, photo: str, headers: dict[str, str], status: int):
    assert content(tom.client, photo, **headers).status_code == status


def test_a_thumbnail_is_there_at_once_whoever_makes_it(tom: Phone, photo: str):
    made = content(tom.client, photo, "thumbnail")
    assert (made.status_code, made["Content-Type"]) == (200, "image/webp")
    assert uploads.make_thumbnails(at=now())
    again = content(tom.client, photo, "thumbnail?edge=320")
    assert (again.bytes, again["ETag"]) == (made.bytes, made["ETag"])
    assert content(tom.client, photo, "thumbnail?edge=1280").status_code == 200
    assert content(tom.client, photo, "thumbnail?edge=99").status_code == 400


def test_a_content_that_has_not_come_is_not_here(tom: Phone, ticket: Ticket):
    waiting = attach(tom.client, ticket).json()["id"]
    answer = content(tom.client, waiting)
    assert (answer.status_code, answer.json()["code"]) == (404, "content_not_here")


def test_a_list_of_attachments_costs_the_same_however_many_there_are(
    tom: Phone, ticket: Ticket, django_assert_max_num_queries: Any
):
    for _ in range(5):
        attach(tom.client, ticket)
    with django_assert_max_num_queries(8):
        assert len(shown(tom.client, ticket)) == 5
