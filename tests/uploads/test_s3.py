"""Contents in S3, with a server of its protocol beside the tests: put, served, stored once, made small, removed."""

import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
import httpx
import pytest
from rest_framework.test import APIClient

from fieldsvc.settings import bucket
from fieldsvc.time import now, time_passes
from sync.models import StoredFile, Upload
from sync.uploads import services, store
from tests.faults.server import free_port
from tests.tickets.test_attachments import attach, content
from tests.uploads.sending import ask, begin, picture, send, send_by_tus, told
from tests.world import World
from tickets.models import Ticket

pytestmark = pytest.mark.django_db

PHOTO = picture(1600, 900, quality=95)
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "tests", "AWS_SECRET_ACCESS_KEY": "tests"}
PATIENCE_SECONDS = 30


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """Where a server of its own speaks S3, with an empty bucket `photos`."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                httpx.put(f"{url}/photos", timeout=1).raise_for_status()
                break
            except httpx.HTTPError:
                assert server.poll() is None, "the server ended"
                assert time.monotonic() < deadline, "the server does not answer"
        yield url
    finally:
        server.kill()
        server.wait()


@pytest.fixture
def in_the_bucket(endpoint: str, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The bucket, by its own client. What tests leave there goes, as their rows do."""
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    named = {"UPLOADS_S3_BUCKET": "photos", "UPLOADS_S3_ENDPOINT": endpoint, "UPLOADS_S3_REGION": "eu-central-1"}
    settings.STORAGES = {**settings.STORAGES, "uploads": bucket({**named, "UPLOADS_S3_PREFIX": "fieldsvc"})}
    photos = boto3.resource("s3", endpoint_url=endpoint, region_name="eu-central-1").Bucket("photos")
    yield photos
    photos.objects.all().delete()


def names(photos: Any) -> set[str]:
    return {item.key for item in photos.objects.all()}


@pytest.fixture
def ticket(world: World) -> Ticket:
    return world.dispatched_visit().ticket


def test_a_photo_lies_there_to_the_byte_and_is_served_from_there(tom: APIClient, ticket: Ticket, in_the_bucket: Any):
    upload = send_by_tus(tom, PHOTO)
    [name] = names(in_the_bucket)
    assert name == f"fieldsvc/{StoredFile.objects.get().name}"
    assert in_the_bucket.Object(name).get()["Body"].read() == PHOTO
    photo = attach(tom, ticket, upload_id=upload).json()["id"]
    whole = content(tom, photo)
    assert (whole.status_code, whole["Content-Type"], whole.bytes) == (200, "image/jpeg", PHOTO)
    assert content(tom, photo, **{"If-None-Match": whole["ETag"]}).status_code == 304


@pytest.mark.parametrize(
    ("asked", "status", "expected"),
    [
        ("bytes=0-99", 206, PHOTO[:100]),
        ("bytes=1000-", 206, PHOTO[1000:]),
        ("bytes=-7", 206, PHOTO[-7:]),
        (f"bytes={len(PHOTO)}-", 416, b""),
    ],
)
def test_a_part_of_it_is_served(
    tom: APIClient, ticket: Ticket, in_the_bucket: Any, asked: str, status: int, expected: bytes
):
    photo = attach(tom, ticket, upload_id=send_by_tus(tom, PHOTO)).json()["id"]
    answer = content(tom, photo, Range=asked)
    assert answer.status_code == status
    if status == 206:
        assert answer.bytes == expected


def test_the_same_content_lies_there_once(tom: APIClient, stranger: APIClient, in_the_bucket: Any):
    for client in (tom, tom, stranger):
        send_by_tus(client, PHOTO)
    assert Upload.objects.count() == 3
    assert len(names(in_the_bucket)) == 1


def test_what_was_rejected_leaves_nothing_there(tom: APIClient, in_the_bucket: Any):
    where = begin(tom, len(PHOTO), Upload_Metadata=told(sha256="0" * 64))["Location"]
    assert send(tom, where, 0, PHOTO).json()["code"] == "upload_not_as_declared"
    assert names(in_the_bucket) == set()


def test_it_is_made_small_by_the_worker_or_by_whoever_asks_first(tom: APIClient, ticket: Ticket, in_the_bucket: Any):
    photo = attach(tom, ticket, upload_id=send_by_tus(tom, PHOTO)).json()["id"]
    asked = content(tom, photo, "thumbnail?edge=320")
    assert (asked.status_code, asked["Content-Type"]) == (200, "image/webp")
    assert len(names(in_the_bucket)) == 2
    assert services.make_thumbnails(at=now())
    assert len(names(in_the_bucket)) == 3
    assert content(tom, photo, "thumbnail?edge=320").bytes == asked.bytes


def test_it_goes_with_the_last_that_refers_to_it(
    tom: APIClient, ticket: Ticket, in_the_bucket: Any, django_capture_on_commit_callbacks: Any
):
    photo = attach(tom, ticket, upload_id=send_by_tus(tom, PHOTO)).json()["id"]
    services.make_thumbnails(at=now())
    with time_passes(timedelta(days=8)), django_capture_on_commit_callbacks(execute=True):
        services.forget_uploads(occurred_at=now())
        services.remove_unreferenced_files()
    assert len(names(in_the_bucket)) == 3
    tom.post(f"/api/v1/attachments/{photo}/withdraw", {"reason": "The wrong flat."})
    with django_capture_on_commit_callbacks(execute=True):
        assert services.remove_unreferenced_files() == 1
    assert names(in_the_bucket) == set()


def test_what_a_crash_left_there_is_found(tom: APIClient, in_the_bucket: Any):
    kept = send_by_tus(tom, PHOTO)
    StoredFile.objects.filter(uploads__key=kept).update(thumbnails_at=now())
    send_by_tus(tom, picture())
    Upload.objects.exclude(key=kept).delete()
    StoredFile.objects.exclude(uploads__key=kept).delete()
    in_the_bucket.put_object(Key="fieldsvc/00/README", Body=b"not ours")
    assert store.remove_strays(at=now()) == 0
    assert store.remove_strays(at=now() + timedelta(days=2)) == 1
    assert names(in_the_bucket) == {f"fieldsvc/{StoredFile.objects.get().name}", "fieldsvc/00/README"}


def test_while_it_is_out_of_reach_an_upload_is_our_failure_and_nothing_is_lost(
    tom: APIClient, in_the_bucket: Any, settings: Any
):
    """The last piece is not taken, so the phone sends it again when the storage is back."""
    there = settings.STORAGES
    away = bucket({"UPLOADS_S3_BUCKET": "photos", "UPLOADS_S3_ENDPOINT": f"http://127.0.0.1:{free_port()}"})
    away["OPTIONS"]["client_config"] = boto3.session.Config(retries={"total_max_attempts": 1}, connect_timeout=1)
    settings.STORAGES = {**there, "uploads": away}
    where = begin(tom, len(PHOTO))["Location"]
    tom.raise_request_exception = False
    assert send(tom, where, 0, PHOTO).status_code == 500
    assert ask(tom, where)["Upload-Offset"] == "0"
    settings.STORAGES = there
    assert send(tom, where, 0, PHOTO).status_code == 204
    assert len(names(in_the_bucket)) == 1
