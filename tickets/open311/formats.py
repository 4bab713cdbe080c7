"""How GeoReport v2 reads and writes: forms come in, JSON and XML go out, refusals are lists of code and description."""

import re
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import IO, Any, cast
from xml.etree.ElementTree import Element, tostring

from django.core.exceptions import TooManyFieldsSent, TooManyFilesSent
from django.http import QueryDict
from django.utils.http import parse_header_parameters
from rest_framework import negotiation, parsers, renderers
from rest_framework.request import Request
from rest_framework.response import Response

from fieldsvc.errors import Invalid, TooLarge, exception_handler
from sync.uploads.conf import upload_settings

LARGEST_BODY = 200_000
"""Bytes of text: a request has some lines and a form of at most 50 answers."""
MOST_PHOTOS = 5
"""Each is decoded while its sender waits."""
LAST = 1_000
"""Bytes: more than the longest boundary, and what may come after it."""
ITEMS = {
    "services": "service",
    "attributes": "attribute",
    "values": "value",
    "service_requests": "request",
    "errors": "error",
    "endpoints": "endpoint",
    "formats": "format",
}
"""What an item of each list is called in XML."""
NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML 1.0 document may have, however they are written."""
ANSWER = re.compile(r"^details\.([^.\[]+)")
WHICH = re.compile(r"\.[0-9]+$")
"""Of several values of a parameter, the one that is wrong."""
FIELDS = {
    "service_type": "service_code",
    "contact_phone": "phone",
    "territory_id": "jurisdiction_id",
    "site_id": "address_id",
    "address": "address_string",
}
"""What fields of `open_ticket` are called here, for refusals that name them."""


class FormParser(parsers.FormParser):
    """REST framework's, for bodies of bounded size."""

    def parse(self, stream: IO[Any], media_type: Any = None, parser_context: Any = None) -> Any:
        content = stream.read(LARGEST_BODY + 1)
        _must_be_short(len(content))
        try:
            return QueryDict(content, encoding="utf-8")
        except TooManyFieldsSent as error:
            raise Invalid("malformed_request", "These are too many parameters.") from error


class Ending:
    """A body that is read, and how it ended."""

    def __init__(self, body: IO[bytes]) -> None:
        self.body, self.last = body, b""

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        data = self.body.read(size)
        self.last = (self.last + data)[-LAST:]
        return data


class MultiPartParser(parsers.MultiPartParser):
    """The same for a form that brings photos, which together are no longer than one upload may be."""

    def parse(self, stream: IO[Any], media_type: Any = None, parser_context: Any = None) -> Any:
        most = upload_settings().max_bytes
        request = cast(Mapping[str, Any], parser_context)["request"]
        if int(request.META.get("CONTENT_LENGTH") or 0) > most + LARGEST_BODY:
            raise TooLarge("request_too_large", "Send fewer or smaller photos.", limit=most)
        body = Ending(stream)
        try:
            sent = super().parse(cast(IO[bytes], body), media_type, parser_context)
        except (TooManyFieldsSent, TooManyFilesSent) as error:
            raise Invalid("malformed_request", "These are too many parameters.") from error
        boundary = parse_header_parameters(media_type)[1].get("boundary", "")
        if f"--{boundary}--".encode() not in body.last:  # the last photo would be left out, and nobody told
            raise Invalid("malformed_request", "The body ends in the middle.")
        _must_be_short(sum(len(text.encode()) for _, texts in sent.data.lists() for text in texts))
        if sum(len(files) for _, files in sent.files.lists()) > MOST_PHOTOS:
            raise Invalid("too_many_photos", f"Send at most {MOST_PHOTOS} photos.", field="media", limit=MOST_PHOTOS)
        return sent


def _must_be_short(length: int) -> None:
    if length > LARGEST_BODY:
        raise TooLarge("request_too_large", "Write less.", limit=LARGEST_BODY)


class JSONRenderer(renderers.JSONRenderer):
    """REST framework's; the specification wants the encoding named."""

    charset = "utf-8"


class XMLRenderer(renderers.BaseRenderer):
    """The answer as XML; the view says what its root is called."""

    media_type = "text/xml"
    format = "xml"
    charset = "utf-8"

    def render(self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None) -> bytes:
        context = renderer_context or {}
        root = "errors" if context["response"].status_code >= HTTPStatus.BAD_REQUEST else context["view"].root
        document: bytes = tostring(_element(root, data), encoding="utf-8", xml_declaration=True)
        return document


class ApplicationXMLRenderer(XMLRenderer):
    """The same for clients that call it so."""

    media_type = "application/xml"


class AsItComes(negotiation.DefaultContentNegotiation):
    """For what is in one form only, whatever the client would like: refusals are in the first."""

    def select_renderer(
        self, request: Request, renderers: Iterable[renderers.BaseRenderer], format_suffix: str | None = None
    ) -> tuple[renderers.BaseRenderer, str]:
        first = next(iter(renderers))
        return first, str(first.media_type)


def _element(name: str, value: Any) -> Element:
    element = Element(name)
    if isinstance(value, Mapping):
        element.extend(_element(key, part) for key, part in value.items())
    elif isinstance(value, list):
        element.extend(_element(ITEMS[name], item) for item in value)
    elif isinstance(value, bool):
        element.text = str(value).lower()
    elif value is not None:
        element.text = NOT_IN_XML.sub("\ufffd", str(value))
    return element


def refuse(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """REST framework's hook: the same refusals as everywhere, in the words and the form of GeoReport.

    A key that is missing or no longer good is 403 there. Our own faults go on to the 500 page.
    """
    problem = exception_handler(error, context)
    if problem is None:
        return None
    status = problem.status_code
    if status == HTTPStatus.UNAUTHORIZED:
        status = HTTPStatus.FORBIDDEN
    culprits = problem.data.get("errors") or [problem.data]
    response = Response([{"code": int(status), "description": _described(culprit)} for culprit in culprits], status)
    if "Retry-After" in problem:
        response["Retry-After"] = problem["Retry-After"]
    return response


def _described(error: Mapping[str, Any]) -> str:
    """`phone: There can be no such number. (phone_not_valid)`: the code at the end is one of docs/errors.md."""
    field = WHICH.sub("", str(error.get("field", "")))
    field = ANSWER.sub(r"attribute[\1]", field) if field != "details" else "attribute"
    prefix = f"{FIELDS.get(field, field)}: " if field else ""
    return f"{prefix}{error['detail']} ({error['code']})"
