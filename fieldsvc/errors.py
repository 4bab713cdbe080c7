"""How fieldsvc says no: one family of exceptions, answered as RFC 9457 problem details.

Every refusal carries a stable `code` that programs may rely on, and a sentence that tells a person what to do.
`docs/errors.md` lists the codes; a test compares the list with the code.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from http.client import responses
from typing import Any, TypeVar

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from rest_framework import exceptions as drf
from rest_framework.response import Response

T = TypeVar("T")

OUR_FAULT = "This is our fault and has been recorded. Nothing was changed; try again."
CONTENT_TYPE = "application/problem+json"


class DomainError(Exception):
    """The business says no. Raised by commands; rolls the command back; is remembered for operations of phones.

    `code` is stable and documented, `detail` is a sentence for a person, `extra` are further members of the problem.
    """

    status: int = HTTPStatus.CONFLICT

    def __init__(self, code: str, detail: str = "", **extra: Any) -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail
        self.extra = extra

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}" if self.detail else self.code

    def problem(self) -> dict[str, Any]:
        """The members of the problem document (RFC 9457, section 3)."""
        return problem(self.status, self.code, self.detail, self.extra)


class Conflict(DomainError):
    """The command does not fit the present state of things (409)."""

    status = HTTPStatus.CONFLICT


class Forbidden(DomainError):
    """The person sees the thing but may not do this to it (403)."""

    status = HTTPStatus.FORBIDDEN


class Unauthenticated(DomainError):
    """Nobody we know, or not any more (401)."""

    status = HTTPStatus.UNAUTHORIZED


class TooMany(DomainError):
    """Too often (429). `retry_after` in seconds goes to the header of the same name."""

    status = HTTPStatus.TOO_MANY_REQUESTS


class Gone(DomainError):
    """What the client holds is no longer any use (410)."""

    status = HTTPStatus.GONE


class TooLarge(DomainError):
    """More at once than we take (413). `limit` says how much that is."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class Unsupported(DomainError):
    """A form of the body that we cannot read (415)."""

    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE


class Unprocessable(DomainError):
    """It makes sense by itself, and not after what came before it (422)."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class UnknownVersion(DomainError):
    """The client speaks another version of a protocol (412)."""

    status = HTTPStatus.PRECONDITION_FAILED


class ChecksumWrong(DomainError):
    """What came is not what was sent (460, by the tus protocol)."""

    status = 460


class Invalid(DomainError):
    """The input makes no sense (400). `field` is the path of the culprit; `errors` lists several of them."""

    status = HTTPStatus.BAD_REQUEST

    def __init__(
        self,
        code: str,
        detail: str = "",
        *,
        field: str = "",
        errors: Sequence[Mapping[str, str]] | None = None,
        **extra: Any,
    ) -> None:
        if errors is None and field:
            errors = [{"field": field, "code": code, "detail": detail}]
        if errors is not None:
            extra["errors"] = list(errors)
        super().__init__(code, detail, **extra)


class NotFound(DomainError):
    """There is no such thing, or none that this person may see: nobody can tell which (404)."""

    status = HTTPStatus.NOT_FOUND

    def __init__(self, code: str = "not_found", detail: str = "There is nothing here that you may see.") -> None:
        super().__init__(code, detail)


def must_exist(row: T | None) -> T:
    """What was looked for. Raises NotFound if it is nowhere that this person may see."""
    if row is None:
        raise NotFound()
    return row


def problem(status: int, code: str, detail: str = "", extra: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A problem document. `type` is a URN, as nobody has to be able to fetch it."""
    return {
        **(extra or {}),
        "type": f"urn:fieldsvc:problem:{code}",
        "title": responses.get(status, "Checksum Mismatch"),
        "status": int(status),
        "code": code,
        "detail": detail,
    }


def validation_errors(detail: Any, path: str = "") -> list[dict[str, str]]:
    """Flatten the nested error detail of a serializer to `field`, `code` and `detail` with dotted paths."""
    if isinstance(detail, Mapping):
        return [
            error
            for key, value in detail.items()
            for error in validation_errors(value, path if key == "non_field_errors" else f"{path}.{key}".lstrip("."))
        ]
    if isinstance(detail, list | tuple):
        return [
            error
            for index, value in enumerate(detail)
            for error in validation_errors(value, path if isinstance(value, str) else f"{path}[{index}]")
        ]
    text = str(detail).encode(errors="replace").decode()  # it may quote half a character of the input
    return [{"field": path, "code": getattr(detail, "code", "invalid"), "detail": text}]


def as_domain_error(error: Exception) -> DomainError | None:
    """The refusal that an exception of Django or REST framework stands for; None for a fault of our own."""
    match error:
        case DomainError():
            return error
        case drf.ValidationError():
            return Invalid(
                "invalid_input", "Correct the fields named in errors.", errors=validation_errors(error.detail)
            )
        case drf.ParseError():
            return Invalid("malformed_request", str(error.detail))
        case drf.NotAuthenticated():
            return Unauthenticated("not_signed_in", "Sign in and send the token in the Authorization header.")
        case drf.AuthenticationFailed():
            return Unauthenticated("token_not_valid", "Sign in again.")
        case drf.PermissionDenied() | PermissionDenied():
            return Forbidden("not_allowed", "Your role does not allow this.")
        case drf.NotFound() | Http404():
            return NotFound()
        case RequestDataTooBig():
            limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
            return TooLarge("request_too_large", "Send less at once; split a push into several.", limit=limit)
        case drf.Throttled():
            wait = int(getattr(error, "wait", None) or 1)
            return TooMany("too_many_requests", f"Try again in {wait} seconds.", retry_after=wait)
    return None


def exception_handler(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """REST framework's hook: every refusal becomes a problem document; our own faults go on to the 500 page."""
    refusal = as_domain_error(error)
    if refusal is None and isinstance(error, drf.APIException):
        code = str(error.default_code)
        body, status = problem(error.status_code, code, str(error.detail)), error.status_code
    elif refusal is None:
        return None
    else:
        body, status = refusal.problem(), int(refusal.status)
    response = Response(body, status=status, content_type=CONTENT_TYPE)
    if status == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = getattr(error, "auth_header", "Token")
    if "retry_after" in body:
        response["Retry-After"] = str(body["retry_after"])
    return response


def _page(status: HTTPStatus, code: str, detail: str) -> JsonResponse:
    return JsonResponse(problem(status, code, detail), status=status, content_type=CONTENT_TYPE)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's `handler400`."""
    return _page(HTTPStatus.BAD_REQUEST, "malformed_request", "The request could not be read.")


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's `handler403`."""
    return _page(HTTPStatus.FORBIDDEN, "not_allowed", "Your role does not allow this.")


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's `handler404`."""
    return _page(HTTPStatus.NOT_FOUND, "not_found", "There is nothing here that you may see.")


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's `handler500`."""
    return _page(HTTPStatus.INTERNAL_SERVER_ERROR, "internal_error", OUR_FAULT)
