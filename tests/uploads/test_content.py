"""What is taken: the content is looked at, not what is said about it. A lie leaves nothing behind but its refusal."""

import hashlib
import os
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings as django_settings
from django.core.files.storage import InMemoryStorage
from PIL import Image
from rest_framework.test import APIClient

from fieldsvc.time import now
from sync.ids import uuid7
from sync.models import StoredFile, Thumbnail, Upload, UploadPart
from sync.uploads import services, store
from tests.uploads.sending import ask, begin, pdf, picture, send, send_by_tus, told


def files() -> list[Path]:
    """All that lies in the storage."""
    return [path for path in Path(django_settings.UPLOADS_DIR).rglob("*") if path.is_file()]


def stored(upload_id: UUID) -> StoredFile:
    file = Upload.objects.select_related("file").get(key=upload_id).file
    assert file is not None
    return file


def refused(client: APIClient, content: bytes, **metadata: object) -> tuple[int, str]:
    """Send it all; the refusal."""
    where = begin(client, len(content), Upload_Metadata=told(**metadata))["Location"]
    before = files()
    answer = send(client, where, 0, content)
    assert not UploadPart.objects.exists()
    assert not StoredFile.objects.exists()
    assert files() == before
    there = ask(client, where)
    assert there.status_code == 410
    return answer.status_code, answer.json()["code"]


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (picture(), "image/jpeg"),
        (picture(format="PNG"), "image/png"),
        (picture(format="WEBP"), "image/webp"),
        (pdf(), "application/pdf"),
    ],
)
def test_pictures_and_pdfs_are_taken_as_what_they_are(tom: APIClient, content: bytes, content_type: str):
    file = stored(send_by_tus(tom, content, filetype=content_type, sha256=hashlib.sha256(content).hexdigest()))
    assert (file.content_type, file.size) == (content_type, len(content))
    assert file.sha256 == hashlib.sha256(content).hexdigest()
    with store.storage().open(file.name) as kept:
        assert kept.read() == content


def test_what_nobody_said_is_found_out(tom: APIClient):
    assert stored(send_by_tus(tom, picture(format="PNG"))).content_type == "image/png"


@pytest.mark.parametrize("said", ["image/png", "application/pdf", "IMAGE/WEBP; q=1"])
def test_a_lie_about_the_type_is_refused_and_nothing_is_kept(tom: APIClient, said: str):
    assert refused(tom, picture(), filetype=said) == (400, "upload_not_as_declared")


def test_a_content_with_another_hash_is_refused(tom: APIClient):
    assert refused(tom, picture(), sha256="0" * 64) == (400, "upload_not_as_declared")


@pytest.mark.parametrize(
    "content",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<html><script>alert(1)</script></html>",
        b"MZ\x90\x00 a program",
        b"GIF89a" + b"\0" * 40,
        b"x",
    ],
)
def test_anything_else_is_refused(tom: APIClient, content: bytes):
    assert refused(tom, content) == (400, "upload_type_not_taken")


@pytest.mark.parametrize(
    "content",
    [
        picture(600, 400, quality=95)[:-2000],
        picture(600, 400, format="PNG")[:-40],
        picture(600, 400, format="WEBP")[:-40],
        picture()[:20],
        b"\x89PNG\r\n\x1a\n" + b"\xff" * 200,
        b"RIFF\xff\xff\xff\x7fWEBPVP8 " + b"\0" * 60,
        pdf()[:-10],
    ],
)
def test_half_a_file_is_refused_though_it_begins_well(tom: APIClient, content: bytes):
    assert refused(tom, content) == (400, "upload_broken")


@pytest.mark.parametrize(("width", "height"), [(7100, 7100), (9600, 9600), (14000, 14000)])
def test_a_small_file_that_unpacks_to_a_huge_picture_is_refused(tom: APIClient, width: int, height: int):
    """All black, packed to a few hundred kilobytes; decoded it would fill the memory."""
    bomb = BytesIO()
    Image.new("1", (width, height)).save(bomb, "PNG")
    assert len(bomb.getvalue()) < 200_000
    assert refused(tom, bomb.getvalue()) == (400, "picture_too_large")


def test_a_small_file_that_goes_over_its_picture_without_end_is_refused(tom: APIClient):
    content = BytesIO()
    Image.new("L", (7_000, 7_000), 128).save(content, "JPEG", progressive=True)
    jpeg = content.getvalue()
    last_scan = jpeg[jpeg.rindex(b"\xff\xda") : -2]
    assert refused(tom, jpeg[:-2] + last_scan * 10_000 + jpeg[-2:]) == (400, "upload_broken")


def test_a_picture_that_is_told_in_several_scans_is_taken_with_the_film_that_a_phone_has_put_behind_it(tom: APIClient):
    content = BytesIO()
    Image.linear_gradient("L").convert("RGB").save(content, "JPEG", progressive=True)
    assert content.getvalue().count(b"\xff\xda") > 5
    assert stored(send_by_tus(tom, content.getvalue() + b"film\xff\xda" * 1_000)).width == 256


def test_what_was_rejected_may_be_sent_again_under_the_same_id(tom: APIClient):
    upload_id, good = uuid7(), picture()
    refused(tom, good[:-2], id=upload_id)
    assert send_by_tus(tom, good, id=upload_id) == upload_id


# Once


def test_the_same_content_is_stored_once(tom: APIClient, stranger: APIClient):
    one, other = send_by_tus(tom, picture()), send_by_tus(stranger, picture(), filetype="image/jpeg")
    assert one != other
    assert stored(one) == stored(other)
    assert StoredFile.objects.count() == len(files()) == 1


def test_a_file_goes_when_nothing_refers_to_it_any_more(
    tom: APIClient, stranger: APIClient, django_capture_on_commit_callbacks: Any
):
    one, other = send_by_tus(tom, picture()), send_by_tus(stranger, picture())
    services.make_thumbnails(at=now())
    assert len(files()) == 3
    for gone, left in ((one, 3), (other, 0)):
        Upload.objects.get(key=gone).delete()
        with django_capture_on_commit_callbacks(execute=True):
            services.remove_unreferenced_files()
        assert len(files()) == left
    assert not StoredFile.objects.exists()


def test_finished_uploads_that_nothing_links_are_forgotten_with_their_files(
    tom: APIClient, django_capture_on_commit_callbacks: Any
):
    upload_id = send_by_tus(tom, picture())
    services.forget_uploads(occurred_at=now() + timedelta(days=6))
    assert Upload.objects.filter(key=upload_id).exists()
    services.forget_uploads(occurred_at=now() + timedelta(days=8))
    with django_capture_on_commit_callbacks(execute=True):
        services.remove_unreferenced_files()
    assert not Upload.objects.exists()
    assert files() == []


def test_what_a_crash_left_in_the_storage_is_found_and_removed(tom: APIClient):
    file = stored(send_by_tus(tom, picture()))
    folder = Path(django_settings.UPLOADS_DIR, "ab")
    folder.mkdir(exist_ok=True)
    stray, fresh, foreign = folder / str(uuid7()), folder / f"{uuid7()}-320", folder / "lost+found.txt"
    for path in (stray, fresh, foreign):
        path.write_bytes(b"?")
    old = (now() - timedelta(days=2)).timestamp()
    for path in (stray, foreign, Path(django_settings.UPLOADS_DIR, file.name)):
        os.utime(path, (old, old))
    assert store.remove_strays(at=now()) == 1
    assert not stray.exists()
    assert fresh.exists()
    assert foreign.exists()
    assert store.storage().exists(file.name)
    fresh.unlink()
    foreign.unlink()


# Small


def test_thumbnails_stand_upright_and_keep_nothing_of_the_camera(tom: APIClient):
    photo = Image.new("RGB", (2000, 1000), "teal")
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held upright: to be turned by 90 degrees
    exif[0x010F] = "Maker"
    target = BytesIO()
    photo.save(target, "JPEG", exif=exif)
    file = stored(send_by_tus(tom, target.getvalue()))
    assert (file.width, file.height) == (1000, 2000)
    assert services.make_thumbnails(at=now())
    assert not services.make_thumbnails(at=now())
    sizes = {}
    for thumbnail in Thumbnail.objects.all():
        with store.storage().open(thumbnail.name) as content, Image.open(content) as small:
            assert small.format == "WEBP"
            assert dict(small.getexif()) == {}
            sizes[thumbnail.edge] = small.size
    assert sizes == {320: (160, 320), 1280: (640, 1280)}
    with store.storage().open(file.name) as kept:
        assert kept.read() == target.getvalue()


def test_a_signature_keeps_its_transparency_and_a_small_picture_its_size(tom: APIClient):
    target = BytesIO()
    Image.new("RGBA", (200, 80), (0, 0, 0, 0)).save(target, "PNG")
    file = stored(send_by_tus(tom, target.getvalue()))
    with store.storage().open(store.thumbnail(file, 320).name) as content, Image.open(content) as small:
        assert (small.size, small.mode) == ((200, 80), "RGBA")


def test_other_storages_will_do(tom: APIClient, settings: Any):
    """One that is no file system: as S3 is none."""
    settings.STORAGES = {**settings.STORAGES, "uploads": {"BACKEND": "django.core.files.storage.InMemoryStorage"}}
    file = stored(send_by_tus(tom, picture()))
    assert isinstance(store.storage(), InMemoryStorage)
    services.make_thumbnails(at=now())
    assert store.remove_strays(at=now() + timedelta(days=2)) == 0
    with store.storage().open(file.name) as kept:
        assert kept.read() == picture()
    assert files() == []
