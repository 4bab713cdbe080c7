"""Answers are compressed as the client asks; bodies may be, within bounds."""

import gzip
import json
import zlib
from collections.abc import Callable
from typing import Any

import brotli
import pytest
import zstandard
from django.http import HttpResponse
from django.test import Client
from rest_framework.test import APIClient

from fieldsvc.compression import choose
from tests.people import People
from tests.phone import Phone
from tests.world import World

pytestmark = pytest.mark.django_db

OPEN: dict[str, Callable[[bytes], bytes]] = {
    "zstd": lambda content: zstandard.ZstdDecompressor().decompress(content),
    "br": brotli.decompress,
    "gzip": gzip.decompress,
}


def changes(phone: Phone, accept: str) -> Any:
    return phone.client.get("/api/v1/sync/changes", headers={"Accept-Encoding": accept})


def without_time(answer: dict[str, Any]) -> Any:
    return {name: value for name, value in answer.items() if name not in ("server_time", "cursor")}


@pytest.fixture
def phone(people: People, world: World) -> Phone:
    for _ in range(2):
        world.dispatched_visit()
    return Phone(people.technician)


@pytest.mark.parametrize("encoding", ["zstd", "br", "gzip"])
def test_an_answer_comes_as_the_client_asks_and_says_the_same(phone: Phone, encoding: str):
    plain, small = changes(phone, ""), changes(phone, encoding)
    assert "Content-Encoding" not in plain
    assert small["Content-Encoding"] == encoding
    assert len(small.content) == int(small["Content-Length"]) < len(plain.content)
    assert without_time(json.loads(OPEN[encoding](small.content))) == without_time(plain.json())
    for answer in (plain, small):  # a cache must not give one client's to another
        assert "Accept-Encoding" in answer["Vary"]


@pytest.mark.parametrize(
    ("accept", "encoding"),
    [
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip, deflate, br", "br"),
        ("gzip", "gzip"),
        ("GZIP;Q=0.5, br;q=0.4", "gzip"),
        ("zstd;q=0, *", "br"),
        ("*;q=0.1", "zstd"),
        ("identity, gzip;q=0.5", None),
        ("gzip;q=0.5, identity;q=0.1", "gzip"),
        ("gzip;q=0", None),
        ("gzip;q=high", None),
        ("compress", None),
        ("*;q=0", None),
        ("", None),
    ],
)
def test_what_the_client_likes_best_is_taken(accept: str, encoding: str | None):
    assert choose(accept) == encoding


def test_small_answers_and_pages_for_people_stay_as_they_are(phone: Phone, client: Client):
    everything = {"Accept-Encoding": "zstd, br, gzip"}
    devices = phone.client.get("/api/v1/sync/devices", headers=everything)
    page: HttpResponse = client.get("/admin/login/", headers=everything)  # type: ignore[assignment]
    assert "csrf" in page.content.decode()
    for answer in (devices, page):
        assert "Content-Encoding" not in answer


def push(phone: Phone, body: bytes, encoding: str) -> Any:
    client: APIClient = phone.client
    return client.generic(
        "POST",
        "/api/v1/sync/push",
        body,  # type: ignore[arg-type]  # APIClient takes bytes, its stubs do not
        content_type="application/json",
        headers={"Content-Encoding": encoding},
    )


@pytest.mark.parametrize(
    ("encoding", "compress"), [("gzip", gzip.compress), ("zstd", zstandard.compress), ("identity", bytes)]
)
def test_a_push_may_be_compressed(phone: Phone, world: World, encoding: str, compress: Callable[[bytes], bytes]):
    phone.does("note.add", ticket_id=world.dispatched_visit().ticket_id, text="阀门漏水")
    answer = push(phone, compress(json.dumps(phone.envelope()).encode()), encoding)
    assert [result["status"] for result in answer.json()["results"]] == ["applied"]


BOMB = b"[" + b" " * 20_000_000 + b"]"


@pytest.mark.parametrize(
    ("body", "encoding", "status", "code"),
    [
        (gzip.compress(BOMB, mtime=0), "gzip", 413, "request_too_large"),
        (zstandard.compress(BOMB), "zstd", 413, "request_too_large"),
        (BOMB, "", 413, "request_too_large"),
        (b"{}", "br", 415, "encoding_not_supported"),
        (b"{}", "gzip, gzip", 415, "encoding_not_supported"),
        (b"{}", "gzip", 400, "malformed_request"),
        (b"{}", "zstd", 400, "malformed_request"),
        (gzip.compress(b'{"device": 1}', mtime=0)[:-9], "gzip", 400, "malformed_request"),
        (zstandard.compress(b'{"device": 1}')[:-9], "zstd", 400, "malformed_request"),
        (zlib.compress(b"{}"), "gzip", 400, "malformed_request"),
    ],
    ids=["gzip bomb", "zstd bomb", "too long", "br", "twice", "not gzip", "not zstd", "cut gzip", "cut zstd", "zlib"],
)
def test_what_cannot_be_inflated_is_refused(phone: Phone, body: bytes, encoding: str, status: int, code: str):
    answer = push(phone, body, encoding)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
