"""The tus protocol, header by header: https://tus.io/protocols/resumable-upload (1.0.0)."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from django.db import connections
from rest_framework.test import APIClient

from accounts.models import User
from fieldsvc.time import now, time_is, time_passes
from sync.ids import uuid7
from sync.models import Upload, UploadPart
from sync.uploads import services
from sync.uploads.store import storage
from tests.people import People
from tests.phone import Phone
from tests.uploads.sending import CHUNK, TUS, UPLOADS, ask, begin, checksum, picture, send, send_by_tus, told

PHOTO = picture(600, 400, quality=95)
HALF = len(PHOTO) // 2


@pytest.fixture
def begun(tom: APIClient) -> str:
    """Where the technician's photo is to be sent."""
    where: str = begin(tom, len(PHOTO), Upload_Metadata=told(filetype="image/jpeg"))["Location"]
    return where


def refusal(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


# What the server can do


@pytest.mark.parametrize("where", [UPLOADS, f"{UPLOADS}/01a201fa-0b6b-77c6-bdc5-0f1c4a1200c0"])
def test_anybody_may_ask_what_the_server_can_do(api: Callable[[User | None], APIClient], db: None, where: str):
    answer = api(None).options(where)
    assert answer.status_code == 204
    assert answer["Tus-Version"] == answer["Tus-Resumable"] == "1.0.0"
    assert answer["Tus-Extension"] == "creation,creation-with-upload,checksum,expiration,termination"
    assert answer["Tus-Max-Size"] == "25000000"
    assert answer["Tus-Checksum-Algorithm"] == "sha256,sha1,md5"


@pytest.mark.parametrize("version", [{}, {"Tus-Resumable": "0.2.2"}])
def test_another_version_of_the_protocol_is_refused_with_ours(tom: APIClient, version: dict[str, str]):
    answer = tom.post(UPLOADS, b"", content_type=CHUNK, headers={"Upload-Length": "9", **version})
    assert refusal(answer) == (412, "tus_version_unknown")
    assert answer["Tus-Version"] == answer["Tus-Resumable"] == "1.0.0"
    assert not Upload.objects.exists()


def test_nobody_uploads_without_a_token(api: Callable[[User | None], APIClient], db: None):
    answer = begin(api(None), 9)
    assert refusal(answer) == (401, "not_signed_in")
    assert answer["Tus-Resumable"] == "1.0.0"


# Creation


def test_an_upload_is_announced_sent_in_pieces_and_finished(tom: APIClient, people: People, begun: str):
    assert ask(tom, begun)["Upload-Offset"] == "0"
    first = send(tom, begun, 0, PHOTO[:HALF])
    assert (first.status_code, first["Upload-Offset"], first.content) == (204, str(HALF), b"")
    there = ask(tom, begun)
    assert (there.status_code, there["Upload-Offset"], there["Upload-Length"]) == (200, str(HALF), str(len(PHOTO)))
    assert there["Cache-Control"] == "no-store"
    assert there["Upload-Metadata"] == told(filetype="image/jpeg")
    last = send(tom, begun, HALF, PHOTO[HALF:])
    assert (last.status_code, last["Upload-Offset"]) == (204, str(len(PHOTO)))
    upload = Upload.objects.get()
    assert (upload.state, upload.user, upload.device) == ("finished", people.technician, upload.device)
    assert upload.file is not None
    assert (upload.file.content_type, upload.file.width, upload.file.height) == ("image/jpeg", 600, 400)
    assert not UploadPart.objects.exists()
    assert ask(tom, begun)["Upload-Offset"] == str(len(PHOTO))
    assert "Upload-Expires" not in ask(tom, begun)


def test_the_first_bytes_may_come_with_the_announcement(tom: APIClient):
    answer = begin(tom, len(PHOTO), content=PHOTO[:HALF], Upload_Checksum=checksum(PHOTO[:HALF]))
    assert (answer.status_code, answer["Upload-Offset"]) == (201, str(HALF))
    assert send(tom, answer["Location"], HALF, PHOTO[HALF:]).status_code == 204


def test_all_bytes_may_come_with_the_announcement(tom: APIClient):
    answer = begin(tom, len(PHOTO), content=PHOTO)
    assert (answer.status_code, answer["Upload-Offset"]) == (201, str(len(PHOTO)))
    assert Upload.objects.get().state == "finished"


def test_the_same_announcement_again_is_the_same_upload(tom: APIClient):
    """The answer was lost, and the phone asks again."""
    metadata = told(id=uuid7(), filetype="image/jpeg")
    first = begin(tom, len(PHOTO), content=PHOTO[:HALF], Upload_Metadata=metadata)
    again = begin(tom, len(PHOTO), content=PHOTO[:HALF], Upload_Metadata=metadata)
    assert (again.status_code, again["Location"], again["Upload-Offset"]) == (201, first["Location"], str(HALF))
    assert Upload.objects.count() == 1


def test_an_id_is_not_taken_twice(tom: APIClient):
    metadata = told(id=uuid7())
    assert begin(tom, 9, Upload_Metadata=metadata).status_code == 201
    assert refusal(begin(tom, 10, Upload_Metadata=metadata)) == (409, "id_taken")


@pytest.mark.parametrize("stranger_is_first", [True, False])
def test_nobody_stands_in_the_way_by_taking_an_id_that_they_have_seen(
    tom: APIClient, stranger: APIClient, stranger_is_first: bool
):
    """Ids are each person's own: both uploads live, at the same address, and nothing of them is mixed."""
    seen, theirs = uuid7(), picture(20, 20, colour="red")
    senders = [(stranger, theirs), (tom, PHOTO)] if stranger_is_first else [(tom, PHOTO), (stranger, theirs)]
    places = {begin(client, len(data), Upload_Metadata=told(id=seen))["Location"] for client, data in senders}
    assert places == {f"{UPLOADS}/{seen}"}
    [place] = places
    for client, data in senders:
        assert send(client, place, 0, data[:50])["Upload-Offset"] == "50"
    for client, data in senders:
        assert send(client, place, 50, data[50:]).status_code == 204
    sizes = dict(Upload.objects.values_list("user__username", "file__size"))
    assert sizes == {"technician": len(PHOTO), "colleague": len(theirs)}
    assert stranger.delete(place, headers=TUS).status_code == 204
    assert ask(tom, place).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Upload_Length": "25000001"}, 413, "upload_too_large"),
        ({"Upload_Length": "0"}, 400, "upload_header_not_valid"),
        ({"Upload_Length": ""}, 400, "upload_header_not_valid"),
        ({"Upload_Length": "-1"}, 400, "upload_header_not_valid"),
        ({"Upload_Length": "1" * 40}, 400, "upload_header_not_valid"),
        ({"Upload_Length": "nine"}, 400, "upload_header_not_valid"),
        ({"Upload_Metadata": "id bm90IGEgdXVpZA=="}, 400, "upload_header_not_valid"),
        ({"Upload_Metadata": "name %%%"}, 400, "upload_header_not_valid"),
        ({"Upload_Metadata": "name gICA"}, 400, "upload_header_not_valid"),
        ({"Upload_Metadata": "name bQ==,name bQ=="}, 400, "upload_header_not_valid"),
        ({"Upload_Metadata": told(sha256="abc")}, 400, "upload_header_not_valid"),
        ({"Upload_Metadata": told(name="x" * 4000)}, 400, "upload_header_not_valid"),
        ({"Upload_Metadata": told(filetype="image/svg+xml")}, 400, "upload_type_not_taken"),
    ],
)
def test_an_announcement_that_makes_no_sense_is_refused(
    tom: APIClient, headers: dict[str, str], status: int, code: str
):
    length, metadata = headers.get("Upload_Length", "9"), headers.get("Upload_Metadata", "")
    assert refusal(begin(tom, length, Upload_Metadata=metadata)) == (status, code)
    assert not Upload.objects.exists()


def test_a_body_longer_than_announced_is_refused_with_the_announcement(tom: APIClient):
    assert refusal(begin(tom, 4, content=b"bytes")) == (413, "upload_longer_than_declared")
    assert not Upload.objects.exists()


def test_nobody_begins_more_uploads_than_they_finish(tom: APIClient, settings: Any):
    settings.UPLOADS = {"UNFINISHED_PER_PERSON": 2}
    assert [begin(tom, 9).status_code for _ in range(3)] == [201, 201, 429]


def test_nobody_fills_the_storage_alone(tom: APIClient, settings: Any):
    settings.UPLOADS = {"BYTES_PER_PERSON": len(PHOTO) + 8}
    upload = begin(tom, len(PHOTO))["Location"]
    assert send(tom, upload, 0, PHOTO).status_code == 204  # what is finished still counts
    answer = begin(tom, 9)
    assert refusal(answer) == (429, "too_many_uploaded_bytes")
    assert answer.json()["limit"] == len(PHOTO) + 8
    assert begin(tom, 8).status_code == 201


# Going on


def test_two_chunks_for_one_place_are_one_too_many(tom: APIClient, begun: str):
    send(tom, begun, 0, PHOTO[:HALF])
    answer = send(tom, begun, 0, PHOTO[:HALF])
    assert refusal(answer) == (409, "upload_offset_wrong")
    assert answer.json()["offset"] == HALF


def test_a_gap_is_refused(tom: APIClient, begun: str):
    assert refusal(send(tom, begun, 1, PHOTO[1:])) == (409, "upload_offset_wrong")


@pytest.mark.parametrize("offset", ["", "-1", "x", "1.5"])
def test_an_offset_must_be_a_number(tom: APIClient, begun: str, offset: str):
    assert refusal(send(tom, begun, offset, PHOTO)) == (400, "upload_header_not_valid")


def test_more_than_was_announced_is_refused_and_nothing_of_it_is_kept(tom: APIClient, begun: str):
    assert refusal(send(tom, begun, 0, PHOTO + b"!")) == (413, "upload_longer_than_declared")
    assert ask(tom, begun)["Upload-Offset"] == "0"


@pytest.mark.parametrize("content_type", ["application/json", "image/jpeg", "application/octet-stream"])
def test_a_body_of_another_type_is_refused(tom: APIClient, begun: str, content_type: str):
    answer = tom.patch(begun, PHOTO, content_type=content_type, headers=TUS | {"Upload-Offset": "0"})
    assert refusal(answer) == (415, "unsupported_media_type")


def test_a_client_that_cannot_patch_says_so(tom: APIClient, begun: str):
    headers = TUS | {"Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"}
    assert tom.post(begun, PHOTO, content_type=CHUNK, headers=headers).status_code == 204


def test_there_is_nothing_to_get(tom: APIClient, begun: str):
    assert tom.get(begun, headers=TUS).status_code == 405


# Checksum


@pytest.mark.parametrize("algorithm", ["sha256", "sha1", "md5"])
def test_a_chunk_is_compared_with_its_checksum(tom: APIClient, begun: str, algorithm: str):
    wrong = send(tom, begun, 0, PHOTO[:HALF], Upload_Checksum=checksum(b"other", algorithm))
    assert refusal(wrong) == (460, "upload_checksum_wrong")
    assert ask(tom, begun)["Upload-Offset"] == "0"
    right = send(tom, begun, 0, PHOTO[:HALF], Upload_Checksum=checksum(PHOTO[:HALF], algorithm))
    assert (right.status_code, right["Upload-Offset"]) == (204, str(HALF))


@pytest.mark.parametrize("told_so", ["crc32 abc=", "sha256", "sha256 %%", ""])
def test_a_checksum_that_cannot_be_read_is_refused(tom: APIClient, begun: str, told_so: str):
    answer = send(tom, begun, 0, PHOTO, Upload_Checksum=told_so)
    assert answer.status_code == (460 if told_so == "sha256" else 400)
    assert ask(tom, begun)["Upload-Offset"] == "0"


# Whose it is


def test_an_upload_does_not_exist_for_anybody_else(tom: APIClient, stranger: APIClient, begun: str):
    nowhere = f"{UPLOADS}/{uuid7()}"
    for answer, none in [
        (ask(stranger, begun), ask(stranger, nowhere)),
        (send(stranger, begun, 0, PHOTO), send(stranger, nowhere, 0, PHOTO)),
        (stranger.delete(begun, headers=TUS), stranger.delete(nowhere, headers=TUS)),
    ]:
        assert (answer.status_code, answer.content) == (none.status_code, none.content)
        assert answer.status_code == 404
    assert ask(tom, begun).status_code == 200


def test_who_changes_phones_goes_on_where_they_were(tom: APIClient, people: People, begun: str):
    send(tom, begun, 0, PHOTO[:HALF])
    other = Phone(people.technician).client
    assert ask(other, begun)["Upload-Offset"] == str(HALF)
    assert send(other, begun, HALF, PHOTO[HALF:]).status_code == 204


# Termination


def test_an_upload_that_is_given_up_is_gone(tom: APIClient, begun: str):
    send(tom, begun, 0, PHOTO[:HALF])
    assert tom.delete(begun, headers=TUS).status_code == 204
    assert ask(tom, begun).status_code == 404
    assert not UploadPart.objects.exists()


# Expiration


def test_an_unfinished_upload_says_until_when_it_waits(tom: APIClient):
    with time_is(datetime(2026, 11, 22, 8, 0, tzinfo=UTC)):
        begun = begin(tom, len(PHOTO))
        assert begun["Upload-Expires"] == "Mon, 23 Nov 2026 08:00:00 GMT"
    with time_is(datetime(2026, 11, 22, 20, 0, tzinfo=UTC)):
        sent = send(tom, begun["Location"], 0, PHOTO[:HALF])
        assert parsedate_to_datetime(sent["Upload-Expires"]) == now() + timedelta(hours=24)


def test_an_upload_that_nobody_goes_on_with_expires_and_may_begin_anew(tom: APIClient):
    metadata = told(id=uuid7())
    where = begin(tom, len(PHOTO), Upload_Metadata=metadata, content=PHOTO[:HALF])["Location"]
    with time_passes(timedelta(hours=25)):
        assert ask(tom, where).status_code == 410
        assert refusal(send(tom, where, HALF, PHOTO[HALF:])) == (410, "upload_expired")
        assert begin(tom, len(PHOTO), Upload_Metadata=metadata)["Upload-Offset"] == "0"
        assert send(tom, where, 0, PHOTO).status_code == 204


def test_what_expired_is_forgotten_by_the_worker(tom: APIClient, begun: str):
    send(tom, begun, 0, PHOTO[:HALF])
    services.forget_uploads(occurred_at=now() + timedelta(hours=23))
    assert ask(tom, begun).status_code == 200
    services.forget_uploads(occurred_at=now() + timedelta(hours=25))
    assert ask(tom, begun).status_code == 404
    assert not UploadPart.objects.exists()


# Two at once


@pytest.mark.django_db(transaction=True)
def test_of_two_chunks_at_the_same_time_one_wins_and_nothing_is_mixed(people: People):
    """Whichever body comes through first: the upload is one of them, whole, and the other is told where to go on."""
    photos = [picture(600, 400, quality=95, colour=colour) for colour in ("red", "lime")]
    length = max(map(len, photos))
    photos = [photo + b"\0" * (length - len(photo)) for photo in photos]
    phones = [Phone(people.technician) for _ in photos]
    where = begin(phones[0].client, length)["Location"]
    ready, answers = threading.Barrier(2), dict[int, Any]()

    def send_one(number: int) -> None:
        ready.wait(10)
        answers[number] = send(phones[number].client, where, 0, photos[number])
        connections.close_all()

    threads = [threading.Thread(target=send_one, args=[number]) for number in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(answer.status_code for answer in answers.values()) == [204, 409]
    winner = next(number for number, answer in answers.items() if answer.status_code == 204)
    upload = Upload.objects.select_related("file").get()
    assert upload.file is not None
    with storage().open(upload.file.name) as stored:
        assert stored.read() == photos[winner]


def test_an_upload_costs_a_fixed_number_of_queries(tom: APIClient, django_assert_max_num_queries: Any):
    send_by_tus(tom, PHOTO)
    with django_assert_max_num_queries(40):
        send_by_tus(tom, picture(601, 400))
