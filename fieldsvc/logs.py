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
from structlog.typing import EventDict, Processor, WrappedLogger

SANE_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")

SECRET_FIELDS = {"authorization", "cookie", "otp", "password", "phone", "secret", "token"}

PHONE_NUMBER = re.compile(r"\+\d[\d ().-]{6,}\d")


class RequestIdMiddleware:
    """Give each request an id, and its answer the same: the caller's own if it looks like one, else a new one.

    Comes before django-structlog's middleware, which puts the id on every line that is logged meanwhile and writes one
    line when the request is answered.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        proposed = request.META.get("HTTP_X_REQUEST_ID", "")
        request_id = proposed if SANE_ID.fullmatch(proposed) else str(uuid.uuid4())
        request.META["HTTP_X_REQUEST_ID"] = request_id
        response = self.get_response(request)
        response["X-Request-ID"] = request_id
        return response


def configure(*, readable: bool, level: str = "INFO") -> dict[str, Any]:
    """Configure structlog and return the LOGGING setting to go with it.

    `readable` is for development: lines for people, in which nothing is hidden. Otherwise each line is a JSON object,
    in which fields with a secret's name and telephone numbers in international form are replaced.
    """
    for_every_line: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        drop_query,
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
            "django.request": {"level": logging.CRITICAL},  # django-structlog says the same, with the id
            "procrastinate": {"level": logging.WARNING},  # it tells of every job, with its arguments
            "uvicorn.error": {"level": logging.WARNING},
            "httpx": {"level": logging.WARNING},  # it tells of every call, with its query
        },
    }


def hide_secrets(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Replace fields with a secret's name, and telephone numbers in any text."""
    for field, value in event.items():
        if field in SECRET_FIELDS:
            event[field] = "[hidden]"
        elif isinstance(value, str):
            event[field] = PHONE_NUMBER.sub("[phone]", value)
    return event


def drop_query(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Leave method and path of a request. People search by telephone number, and links may hold a token."""
    if isinstance(request := event.get("request"), str):
        event["request"] = request.partition("?")[0]
    return event
