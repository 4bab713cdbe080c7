"""What passes between the event loop and the threads on which Django answers."""

import asyncio
from typing import Any

from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.test import override_settings
from django.urls import path

from fieldsvc.threads import Threads


def echo(request: HttpRequest) -> HttpResponseBase:
    return HttpResponse(request.read(), headers={"X-Forwarded": request.headers.get("X-Forwarded-Proto", "none")})


def two_pieces(request: HttpRequest) -> HttpResponseBase:
    return StreamingHttpResponse(iter([b"one, ", b"two"]))


urlpatterns = [path("echo", echo), path("stream", two_pieces)]


def ask(path: str, *arrivals: dict[str, Any], headers: tuple[tuple[bytes, bytes], ...] = ()) -> list[dict[str, Any]]:
    """What is sent to a client whose body arrives like this."""
    scope = {
        "type": "http",
        "method": "POST",
        "root_path": "",
        "path": path,
        "query_string": b"",
        "http_version": "1.1",
        "scheme": "http",
        "server": ("127.0.0.1", 80),
        "client": ("127.0.0.1", 1234),
        "headers": [(b"host", b"127.0.0.1"), *headers],
    }
    coming, sent = iter(arrivals), list[dict[str, Any]]()

    async def receive() -> dict[str, Any]:
        return next(coming)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    with override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=[]):
        asyncio.run(Threads(WSGIHandler(), count=1)(scope, receive, send))
    return sent


def piece(content: bytes, *, more: bool = False) -> dict[str, Any]:
    return {"type": "http.request", "body": content, "more_body": more}


def length(number: int) -> tuple[bytes, bytes]:
    return b"content-length", str(number).encode()


def test_an_answer_comes_back_whole_to_a_body_that_came_in_pieces():
    head, body = ask("/echo", piece(b"first, ", more=True), piece(b"second"), headers=(length(13),))
    assert head["status"] == 200
    assert (body["body"], body["more_body"]) == (b"first, second", False)


def test_what_has_arrived_can_be_read_when_the_client_is_cut_off():
    _, body = ask("/echo", piece(b"first, ", more=True), {"type": "http.disconnect"}, headers=(length(13),))
    assert body["body"] == b"first, "


def test_a_stream_comes_in_pieces():
    _, *pieces = ask("/stream", piece(b""))
    assert [(piece["body"], piece["more_body"]) for piece in pieces] == [(b"one, ", True), (b"two", True), (b"", False)]


def test_a_header_with_an_underscore_does_not_pass_for_the_one_with_a_dash():
    for header, heard in ((b"x-forwarded-proto", b"https"), (b"x_forwarded_proto", b"none")):
        head, _ = ask("/echo", piece(b""), headers=((header, b"https"),))
        assert (b"x-forwarded", heard) in head["headers"]
