"""Photos that come with a request: checked as every upload, kept whole or not at all, shown to whose they are."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from sync.models import StoredFile, Upload
from sync.uploads.store import storage
from tests.open311.app import HOME, RIGHT, App, refusals
from tests.people import People
from tests.uploads.conftest import _empty_storage as _empty_storage
from tests.uploads.sending import pdf, picture
from tests.world import World
from tickets.models import Attachment, Site, Ticket


def photo(content: bytes, name: str = "photo.jpg", content_type: str = "image/jpeg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type)


def send(app: App, *photos: SimpleUploadedFile, **form: Any) -> Any:
    """The form as `multipart/form-data`."""
    files = {"media": list(photos)} if photos else {}
    return app.client.post(f"{HOME}/requests.json", {**RIGHT, "api_key": app.key, **files, **form}, format="multipart")


def test_photos_become_attachments_of_the_ticket(app: App, people: People) -> None:
    answer = send(app, photo(picture(1600, 900)), photo(pdf(), "plan.pdf"), **{"attribute[rooms][]": ["kitchen", "3"]})
    assert answer.status_code == 201, answer.content
    ticket = Ticket.objects.get(reference=answer.json()[0]["service_request_id"])
    assert ticket.details == {"fault": "drip", "rooms": ["kitchen", 3]}
    first, second = Attachment.objects.filter(ticket=ticket).order_by("id")
    assert (first.kind, first.state, first.content_type) == ("photo", "stored", "image/jpeg")
    assert (second.kind, second.state, second.content_type) == ("document", "stored", "application/pdf")
    assert {(row.author, row.internal) for row in (first, second)} == {(people.resident, False)}
    assert first.file is not None
    with storage().open(first.file.name) as kept:
        assert kept.read() == picture(1600, 900)


def test_the_same_photo_is_kept_once_whatever_its_field_is_called(app: App) -> None:
    for name in ("media", "photo"):
        answer = send(app, **{name: photo(picture()), "address_string": f"{name} St 1"})
        assert answer.status_code == 201, answer.content
    assert Attachment.objects.filter(state="stored").count() == 2
    assert StoredFile.objects.count() == 1


def test_a_form_without_photos_may_come_in_parts_too(app: App) -> None:
    assert send(app).status_code == 201
    assert not Attachment.objects.exists()


@pytest.mark.parametrize(
    ("photos", "status", "expected"),
    [
        ([photo(b"GIF89a")], 400, ["media upload_type_not_taken"]),
        ([photo(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.svg")], 400, ["media upload_type_not_taken"]),
        ([photo(b"")], 400, ["media upload_type_not_taken"]),
        ([photo(picture()), photo(picture(90, 90)[:-100])], 400, ["media upload_broken"]),
        ([photo(picture(101, 100))], 400, ["media picture_too_large"]),
        ([photo(picture())] * 6, 400, ["media too_many_photos"]),
        ([photo(b"x" * 30_000), photo(b"x" * 200_000)], 413, ["request_too_large"]),
        ([photo(picture() + b"x" * 20_001)], 413, ["upload_too_large"]),
    ],
)
def test_a_photo_that_is_not_taken_leaves_nothing_behind(
    app: App, settings: Any, photos: list[SimpleUploadedFile], status: int, expected: list[str]
) -> None:
    settings.UPLOADS = {"MAX_BYTES": 20_000, "MAX_PIXELS": 10_000}
    answer = send(app, *photos)
    assert (answer.status_code, refusals(answer)) == (status, expected)
    for model in (Ticket, Site, Attachment, Upload, StoredFile):
        assert not model._default_manager.exists()


def part(name: str, body: bytes, filename: str = "") -> bytes:
    called = f'; filename="{filename}"' if filename else ""
    return f'--b\r\nContent-Disposition: form-data; name="{name}"{called}\r\n\r\n'.encode() + body + b"\r\n"


@pytest.mark.parametrize(
    ("last", "status", "expected"),
    [
        (part("media", picture(), "photo.jpg") + b"--b--\r\n", 201, []),
        (part("media", picture(), "../../etc/passwd") + b"--b--", 201, []),
        (part("api_key", picture(), "photo.jpg") + b"--b--\r\n", 201, []),
        (part("media", picture()) + b"--b--\r\n", 400, ["media media_not_a_file"]),
        (part("media", picture(), "photo.jpg"), 400, ["malformed_request"]),
        (part("media", picture(), "photo.jpg")[:-50], 400, ["malformed_request"]),
    ],
)
def test_no_photo_is_left_out_in_silence(app: App, last: bytes, status: int, expected: list[str]) -> None:
    body = b"".join(part(name, text.encode()) for name, text in RIGHT.items()) + last
    url = f"{HOME}/requests.json?api_key={app.key}"
    answer: Any = app.client.post(url, body, content_type="multipart/form-data; boundary=b")
    assert answer.status_code == status, answer.content
    assert Attachment.objects.filter(state="stored").count() == Ticket.objects.count() == (status == 201)
    assert expected == (refusals(answer) if expected else [])


def test_whoever_has_sent_very_much_waits_as_with_uploads(app: App, settings: Any) -> None:
    settings.UPLOADS = {"BYTES_PER_PERSON": len(picture()) + 10}
    assert send(app, photo(picture())).status_code == 201
    again = send(app, photo(picture()), address_string="Main St 2")
    assert (again.status_code, refusals(again), again["Retry-After"]) == (429, ["too_many_uploaded_bytes"], "86400")
    assert Ticket.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"x", "multipart/form-data", 400),
        (b"x", "multipart/form-data; boundary=", 400),
        (b"--b\r\nno header", "multipart/form-data; boundary=b", 400),
        (
            b'--b\r\nContent-Disposition: form-data; name="description"\r\n\r\n' + b"x" * 200_001 + b"\r\n--b--\r\n",
            "multipart/form-data; boundary=b",
            413,
        ),
        (
            b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n' * 1_500 + b"--b--\r\n",
            "multipart/form-data; boundary=b",
            400,
        ),
        (
            b'--b\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\nx\r\n' * 101 + b"--b--\r\n",
            "multipart/form-data; boundary=b",
            400,
        ),
    ],
)
def test_parts_that_make_no_sense_are_refused(app: App, body: bytes, content_type: str, status: int) -> None:
    answer = app.client.post(f"{HOME}/requests.json?api_key={app.key}", body, content_type=content_type)
    assert answer.status_code == status, answer.content
    assert refusals(answer)
    assert not Ticket.objects.exists()


@pytest.fixture
def shown(app: App) -> str:
    """The address of a photo that came with a request, as the app was told it."""
    with BytesIO() as target:
        exif = Image.Exif()
        exif[0x0112] = 6
        Image.new("RGB", (1600, 900), "teal").save(target, "JPEG", exif=exif)
        number = send(app, photo(target.getvalue())).json()[0]["service_request_id"]
    [row] = app.get(f"requests/{number}.json").json()
    assert row["media_url"].startswith(f"http://testserver{HOME}/pictures/")
    return str(row["media_url"]).removeprefix(f"http://testserver{HOME}/")


def test_the_first_photo_is_shown_to_whose_request_it_is(app: App, shown: str) -> None:
    answer = app.get(shown)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/webp")
    assert answer["Access-Control-Allow-Origin"] == "*"
    with Image.open(BytesIO(b"".join(answer.streaming_content))) as seen:
        assert seen.size == (720, 1280)
        assert not seen.getexif()
    for accepted in ("image/*", "image/avif,image/webp;q=0.8", "text/xml"):
        asked: Any = app.client.get(f"{HOME}/{shown}?api_key={app.key}", headers={"Accept": accepted})
        assert (asked.status_code, len(b"".join(asked.streaming_content))) == (200, int(answer["Content-Length"]))
    kept = app.client.get(f"{HOME}/{shown}?api_key={app.key}", headers={"If-None-Match": answer["ETag"]})
    assert kept.status_code == 304


def test_for_others_there_is_no_photo_not_even_of_what_is_public(
    app: App, shown: str, people: People, settings: Any
) -> None:
    settings.OPEN311_PUBLIC = ["leak"]
    for stranger in (App(None), App(people.neighbour), App(people.agent), App(people.administrator)):
        assert [row["media_url"] for row in stranger.get("requests.json").json()] == [None]
        answer = stranger.get(shown)
        assert (answer.status_code, refusals(answer)) == (404, ["not_found"])


def test_what_is_internal_or_withdrawn_is_no_photo_of_the_request(
    app: App, shown: str, people: People, world: World, api: Callable[..., Any]
) -> None:
    attachment = Attachment.objects.get()
    withdrawn = api(people.agent).post(f"/api/v1/attachments/{attachment.pk}/withdraw", {"reason": "Wrong flat."})
    assert withdrawn.status_code == 200
    internal = Attachment.objects.create(
        ticket=attachment.ticket,
        kind="photo",
        internal=True,
        state="stored",
        upload_id=attachment.upload_id,
        file=StoredFile.objects.get(),
        author=people.agent,
        occurred_at=attachment.occurred_at,
        received_at=attachment.received_at,
    )
    assert app.get("requests.json").json()[0]["media_url"] is None
    for picture_id in (attachment.pk, internal.pk):
        assert app.get(f"pictures/{picture_id}").status_code == 404
