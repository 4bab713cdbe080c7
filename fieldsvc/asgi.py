"""HTTP and WebSockets in one uvicorn process.

HTTP goes to Django's WSGI handler on a pool of threads (`threads.py`): Django's own ASGI handler costs several times as
much per request.

Two things that WSGI cannot do: a body whose length is not announced is refused, because Django would take it for
empty; and a streamed answer is written to its end even if the caller has left, so a stream must have an end. Streams
without one, to phones, are therefore answered here on the event loop.
"""

import json
import os
from http import HTTPStatus
from importlib import import_module
from typing import cast

from asgiref.typing import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, Scope
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fieldsvc.settings")

HTTP_THREADS = int(os.environ.get("HTTP_THREADS", "16"))
"""How many requests are answered at the same time. Each may hold one of the pool's connections (DATABASE_POOL)."""

handler = get_wsgi_application()

from django.conf import settings  # noqa: E402  # these may be imported only now that Django is set up

from fieldsvc import errors  # noqa: E402
from fieldsvc.garbage import keep_what_is_loaded  # noqa: E402
from fieldsvc.threads import Threads  # noqa: E402
from fieldsvc.wiring import stream_application, websocket_application  # noqa: E402

http = cast(ASGI3Application, Threads(handler, count=HTTP_THREADS))
websocket: ASGI3Application = websocket_application()
streams = stream_application()

import_module(settings.ROOT_URLCONF)  # all that requests need is loaded before the first one comes
keep_what_is_loaded()


async def application(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    """Hand each connection to its protocol."""
    if scope["type"] == "lifespan":
        await live(receive, send)
    elif scope["type"] == "websocket":
        await websocket(scope, receive, send)
    elif scope["type"] == "http" and any(name == b"transfer-encoding" for name, _ in scope["headers"]):
        await refuse_unknown_length(send)
    elif streams.answers(scope):
        await streams(scope, receive, send)
    else:
        await http(scope, receive, send)


async def live(receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    """There is nothing to do when the server starts and when it ends."""
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})


async def refuse_unknown_length(send: ASGISendCallable) -> None:
    detail = "The body's length was not announced. Send Content-Length."
    body = json.dumps(errors.problem(HTTPStatus.LENGTH_REQUIRED, "length_required", detail)).encode()
    await send(
        {
            "type": "http.response.start",
            "status": HTTPStatus.LENGTH_REQUIRED,
            "headers": [(b"content-type", b"application/problem+json"), (b"connection", b"close")],
            "trailers": False,
        }
    )
    await send({"type": "http.response.body", "body": body, "more_body": False})
