"""What the log looks like, and the request id that ties its lines together.

Every line is an event with fields, be it ours (structlog) or a library's (logging): one JSON object per line, or in
development a line for people. Lines written while a request is answered carry its id, which the answer carries too.

Neither bodies nor query strings are logged, so no token, code or telephone number gets into the log that way.
"""

import logging
import re
import sys
import uuid
from collections.abc import Callable
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse
from django.utils.functional import LazyObject
from structlog.typing import EventDict, Processor, WrappedLogger

log = structlog.get_logger(__name__)

SANE_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")

SECRET_FIELDS = {"authorization", "cookie", "otp", "password", "phone", "secret", "token"}

SECRET_IN_PATH = re.compile(r"(?<=/calendar-links/)[^/\s]+(?=\.ics)")

PHONE_NUMBER = re.compile(r"\+\d[\d ().-]{6,}\d")


class RequestLog:
    """Middleware: each request gets an id, which stands on every line that is logged meanwhile, and a line when it is
    answered. The answer has the same id: the caller's own if it looks like one, else a new one.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        proposed = request.META.get("HTTP_X_REQUEST_ID", "")
        request_id = proposed if SANE_ID.fullmatch(proposed) else str(uuid.uuid4())
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            response = self.get_response(request)
            log.log(
                logging.INFO if response.status_code < 400 else logging.WARNING,
                "request_finished",
                request=f"{request.method} {request.path}",
                code=response.status_code,
                user_id=_person(request),
            )
        response["X-Request-ID"] = request_id
        return response


def _person(request: HttpRequest) -> str | None:
    """Whoever was found to have sent it. If nobody has asked who it is, neither do we."""
    user = getattr(request, "user", None)
    if isinstance(user, LazyObject):
        user = getattr(request, "_cached_user", None)  # where Django's middleware keeps whom it has found
    return str(user.pk) if user is not None and user.pk else None


def configure(*, readable: bool, level: str = "INFO") -> dict[str, Any]:
    """Configure structlog and return the LOGGING setting to go with it.

    `readable` is for development: lines for people, in which nothing is hidden. Otherwise each line is a JSON object,
    in which fields with a secret's name, secrets in paths and telephone numbers in international form are replaced.
    """
    for_every_line: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.stdlib.PositionalArgumentsFormatter(),
    ]
    last: list[Processor] = (
        [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)]
        if readable
        else [structlog.processors.format_exc_info, hide_secrets, structlog.processors.JSONRenderer()]
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *for_every_line,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": for_every_line,
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
            }
        },
        # To stderr: what a command prints for other programs goes to stdout.
        "handlers": {"line": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["line"], "level": level},
        "loggers": {
            "django.request": {"level": logging.ERROR},  # our own failures, with their tracebacks; the rest we say
            "procrastinate": {"level": logging.WARNING},  # it tells of every job, with its arguments
            "uvicorn.error": {"level": logging.WARNING},
            "httpx": {"level": logging.WARNING},  # it tells of every call, with its query
        },
    }


def hide_secrets(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Replace fields with a secret's name, and in any text secrets in paths and telephone numbers."""
    for field, value in event.items():
        if field in SECRET_FIELDS:
            event[field] = "[hidden]"
        elif isinstance(value, str):
            event[field] = SECRET_IN_PATH.sub("[hidden]", PHONE_NUMBER.sub("[phone]", value))
    return event
