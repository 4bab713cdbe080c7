"""The published tus-js-client against a live server: cut off in the middle, resumed, equal to the byte."""

import json
import os
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from subprocess import Popen
from typing import Any

import pytest
from django.db import connections
from PIL import Image

from sync.ids import uuid7
from sync.models import Upload, UploadPart
from sync.uploads.services import PART
from sync.uploads.store import storage
from tests.clients import node
from tests.faults.server import Server
from tests.faults.test_server_killed import eventually
from tests.phone import Phone
from tests.world import World
from tickets.models import Attachment

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """Some 15 MB that nothing can pack."""
    side = 2_200
    path = tmp_path / "photo.png"
    Image.frombytes("RGB", (side, side), os.urandom(3 * side * side)).save(path, "PNG", compress_level=0)
    return path


@pytest.fixture
def tom(world: World) -> Iterator[Phone]:
    world.dispatched_visit()
    yield Phone(world.people.technician)
    connections.close_all()


class Client:
    """A Node process that uploads one file."""

    def __init__(self, server: Server, phone: Phone, path: Path, **told: Any) -> None:
        token = phone.client._credentials["HTTP_AUTHORIZATION"].removeprefix("Token ")  # type: ignore[attr-defined]
        options = {"endpoint": f"{server.url}/api/v1/uploads", "token": token, "path": str(path), **told}
        options["memory"] = str(path.with_suffix(".memory"))
        self.process: Popen[str] = node.start("tus.mjs", json.dumps(options))

    def hears(self, event: str) -> dict[str, Any]:
        """The next such line."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            said: dict[str, Any] = json.loads(line)
            if said["event"] == event:
                return said
            assert said["event"] != "failed", said
        raise AssertionError(self.process.stderr.read() if self.process.stderr else "it ended")

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *exception: object) -> None:
        self.process.kill()
        self.process.communicate()


def kept() -> bytes:
    file = Upload.objects.get().file
    assert file is not None
    with storage().open(file.name) as content:
        return bytes(content.read())


def test_a_photo_whose_server_is_killed_between_chunks_arrives_whole_and_its_record_finds_it(tom: Phone, photo: Path):
    """The client notices nothing but a pause: it asks how much is there, and goes on."""
    attachment = uuid7()
    tom.pull()
    [ticket] = tom.collection("tickets")
    tom.does("attachment.add", id=attachment, ticket_id=ticket, kind="photo")
    assert tom.push() == ["applied"]
    told = {"id": str(attachment), "filetype": "image/png", "sha256": sha256(photo.read_bytes()).hexdigest()}
    with Server() as server, Client(server, tom, photo, chunkSize=200_000, metadata=told) as client:
        client.hears("chunk")
        server.kill()
        offset = Upload.objects.get().offset
        assert 0 < offset < photo.stat().st_size
        assert UploadPart.objects.count() == offset / 200_000, "a chunk is here whole or not at all"
        server.start()
        client.hears("finished")
    assert kept() == photo.read_bytes()
    assert not UploadPart.objects.exists()
    assert Attachment.objects.get(pk=attachment).state == "stored"


def test_a_server_killed_in_the_middle_of_an_endless_chunk_loses_less_than_one_piece(tom: Phone, photo: Path):
    with Server() as server, Client(server, tom, photo) as client:
        eventually(lambda: Upload.objects.filter(offset__gt=0).exists())
        server.kill()
        upload = Upload.objects.get()
        assert upload.offset % PART == 0
        assert upload.offset < upload.length, "the upload was over before the server could be killed"
        server.start()
        accepted = client.hears("chunk")["accepted"]
        client.hears("finished")
    assert accepted == photo.stat().st_size
    assert kept() == photo.read_bytes()


def test_a_phone_that_dies_in_the_middle_goes_on_after_its_restart(tom: Phone, photo: Path):
    with Server() as server:
        with Client(server, tom, photo, chunkSize=500_000) as client:
            client.hears("chunk")
        offset = Upload.objects.get().offset
        assert offset < photo.stat().st_size
        with Client(server, tom, photo, chunkSize=500_000) as client:
            assert client.hears("chunk")["accepted"] > offset
            client.hears("finished")
    assert Upload.objects.count() == 1
    assert kept() == photo.read_bytes()


def test_a_line_that_breaks_in_the_middle_of_a_chunk_keeps_what_came(tom: Phone, photo: Path):
    """Here it is the phone that is gone; what it had sent of its one endless chunk need not be sent again."""
    with Server() as server:
        with Client(server, tom, photo):
            eventually(lambda: Upload.objects.filter(offset__gt=0).exists())
        eventually(lambda: Upload.objects.filter(offset__gt=0).exists())
        with Client(server, tom, photo) as client:
            client.hears("finished")
    assert Upload.objects.count() == 1
    assert kept() == photo.read_bytes()


def test_the_client_hears_why_a_content_was_not_taken(tom: Phone, tmp_path: Path):
    path = tmp_path / "program.jpg"
    path.write_bytes(b"MZ" + os.urandom(3_000))
    with Server() as server, Client(server, tom, path, metadata={"filetype": "image/jpeg"}) as client:
        assert client.process.stdout is not None
        said = [json.loads(line) for line in iter(client.process.stdout.readline, "") if '"failed"' in line]
    assert said[0]["status"] == 400
    assert said[0]["problem"]["code"] == "upload_type_not_taken"
