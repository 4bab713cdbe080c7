"""HTTP: the tus protocol. What its headers mean is in `tus.py`."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from tempfile import SpooledTemporaryFile
from typing import IO, Any, cast
from uuid import UUID

from django.db import connection
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from fieldsvc.errors import ChecksumWrong, UnknownVersion
from fieldsvc.time import now
from sync.commands import Actor
from sync.http import actor_of
from sync.uploads import access, services, tus
from sync.uploads.conf import upload_settings
from sync.uploads.models import Upload


def header(name: str, description: str, *, required: bool = False) -> OpenApiParameter:
    return OpenApiParameter(name, str, OpenApiParameter.HEADER, required=required, description=description)


def answers(name: str, description: str, *statuses: int) -> OpenApiParameter:
    return OpenApiParameter(
        name, str, OpenApiParameter.HEADER, response=[str(status) for status in statuses], description=description
    )


RESUMABLE = header("Tus-Resumable", "`1.0.0`, in every request.", required=True)
CHECKSUM = header("Upload-Checksum", "`sha256`, `sha1` or `md5`, a space, and the hash of this body in base64.")
OFFSET_ANSWER = "So many bytes are here."
EXPIRES_ANSWER = "When an unfinished upload is forgotten."
CHUNK = {tus.CHUNK_TYPE: OpenApiTypes.BINARY}
PROBLEMS = {
    HTTPStatus.PRECONDITION_FAILED: OpenApiResponse(description="Another version of the protocol than 1.0.0."),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: OpenApiResponse(description="More than was announced, or than is taken."),
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: OpenApiResponse(description=f"A body must be {tus.CHUNK_TYPE}."),
    ChecksumWrong.status: OpenApiResponse(description="The body does not have the hash of Upload-Checksum."),
}


class TusView(APIView):
    """What all requests of the protocol have in common."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """A client that cannot send PATCH or DELETE sends POST and says what it means."""
        if meant := request.headers.get("X-HTTP-Method-Override"):
            request.method = meant.upper()
        return super().dispatch(request, *args, **kwargs)

    def get_permissions(self) -> list[Any]:
        """What the server can do, everybody may ask."""
        return [] if self.request.method == "OPTIONS" else [*super().get_permissions()]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.method != "OPTIONS" and request.headers.get("Tus-Resumable") != tus.VERSION:
            raise UnknownVersion("tus_version_unknown", f"Speak tus {tus.VERSION}.", versions=[tus.VERSION])

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        response["Tus-Resumable"] = tus.VERSION
        if response.status_code == HTTPStatus.PRECONDITION_FAILED:
            response["Tus-Version"] = tus.VERSION
        return response

    def options(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Response:
        """What this server can do."""
        headers = {
            "Tus-Version": tus.VERSION,
            "Tus-Extension": tus.EXTENSIONS,
            "Tus-Max-Size": str(upload_settings().max_bytes),
            "Tus-Checksum-Algorithm": ",".join(tus.ALGORITHMS),
        }
        return Response(status=HTTPStatus.NO_CONTENT, headers=headers)


class UploadsView(TusView):
    """Where uploads begin."""

    @extend_schema(
        operation_id="uploads_begin",
        tags=["uploads"],
        request=CHUNK,
        parameters=[
            RESUMABLE,
            header("Upload-Length", "Bytes that will come.", required=True),
            header(
                "Upload-Metadata",
                "Keys with values in base64: `filetype` (what it is), `sha256` (hash of the whole, hexadecimal), `id` "
                "(the UUID that the upload shall have); others are kept.",
            ),
            CHECKSUM,
            answers("Location", "Where to send the bytes.", 201),
            answers("Upload-Offset", OFFSET_ANSWER, 201),
            answers("Upload-Expires", EXPIRES_ANSWER, 201),
        ],
        responses={201: OpenApiResponse(description="Begun, or begun already under the same id."), **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        """Announce an upload; its first bytes may come along. The same announcement again is the same upload."""
        actor, size = actor_of(request), _size_of_body(request)
        length, told, checksum = tus.number(request.headers, "Upload-Length"), tus.metadata(request.headers), None
        if size:
            _must_be_chunk(request)
            checksum = tus.checksum(request.headers)
            if size > length:
                raise services.longer_than_announced(length)
        upload = services.begin_upload(actor=actor, occurred_at=now(), length=length, metadata=told)
        if upload.offset == 0 and size:
            upload = take_chunk(actor, upload, request.stream, checksum)
        headers = {"Location": reverse("upload", args=[upload.key]), **_progress(upload)}
        return Response(status=HTTPStatus.CREATED, headers=headers)


class UploadView(TusView):
    """One upload. `HEAD` says how much of it is here: that much need not be sent again."""

    def head(self, request: Request, upload_id: UUID) -> Response:
        """How much is here."""
        upload = access.upload_to_see(actor_of(request), upload_id)
        headers = {"Upload-Length": str(upload.length), "Cache-Control": "no-store", **_progress(upload)}
        if upload.metadata:
            headers["Upload-Metadata"] = upload.metadata
        return Response(headers=headers)

    @extend_schema(
        operation_id="uploads_continue",
        tags=["uploads"],
        request=CHUNK,
        parameters=[
            RESUMABLE,
            header("Upload-Offset", "Where this body begins: as many bytes as are here.", required=True),
            CHECKSUM,
            answers("Upload-Offset", OFFSET_ANSWER, 204),
            answers("Upload-Expires", EXPIRES_ANSWER, 204),
        ],
        responses={
            204: OpenApiResponse(description="The bytes are here."),
            HTTPStatus.GONE: OpenApiResponse(description="It has expired, or was not taken. Begin again."),
            **PROBLEMS,
        },
    )
    def patch(self, request: Request, upload_id: UUID) -> Response:
        """Send the next bytes. The last ones are answered when the content has been checked and stored."""
        _must_be_chunk(request)
        offset, checksum = tus.number(request.headers, "Upload-Offset"), tus.checksum(request.headers)
        actor = actor_of(request)
        upload = access.upload_to_see(actor, upload_id)
        services.must_fit(upload, offset, _size_of_body(request))
        upload = take_chunk(actor, upload, request.stream, checksum)
        return Response(status=HTTPStatus.NO_CONTENT, headers=_progress(upload))

    @extend_schema(
        operation_id="uploads_terminate",
        tags=["uploads"],
        parameters=[RESUMABLE],
        responses={
            204: OpenApiResponse(description="There is no such upload any more."),
            HTTPStatus.PRECONDITION_FAILED: PROBLEMS[HTTPStatus.PRECONDITION_FAILED],
        },
    )
    def delete(self, request: Request, upload_id: UUID) -> Response:
        """Give the upload up. What was made of it stays with what links it."""
        services.terminate_upload(actor=actor_of(request), upload_id=upload_id)
        return Response(status=HTTPStatus.NO_CONTENT)


def take_chunk(actor: Actor, upload: Upload, stream: IO[bytes] | None, checksum: tus.Checksum | None) -> Upload:
    """Take a body piece by piece as it comes, so that what came before a line broke need not come again.

    With a checksum nothing of it counts before all of it is here and right. Raises ChecksumWrong, what `take_part`
    raises, and for a whole content that was rejected its refusal.
    """
    with _checked(stream, checksum) as body:
        for data in _pieces(body):
            upload = services.take_part(
                actor=actor, occurred_at=now(), upload_id=upload.key, offset=upload.offset, data=data
            )
    if upload.state == Upload.State.REJECTED:
        raise services.rejection(upload)
    return upload


@contextmanager
def _checked(stream: IO[bytes] | None, checksum: tus.Checksum | None) -> Iterator[IO[bytes] | None]:
    if checksum is None:
        yield stream
        return
    with SpooledTemporaryFile(max_size=services.PART) as body:
        so_far = checksum.begin()
        for data in _pieces(stream):
            so_far.update(data)
            body.write(data)
        if not checksum.holds(so_far):
            raise ChecksumWrong("upload_checksum_wrong", "This is not what was sent. Send it again.")
        body.seek(0)
        yield cast(IO[bytes], body)


def _pieces(stream: IO[bytes] | None) -> Iterator[bytes]:
    """The body, until it ends or the line breaks. On a slow line, others have our database connection meanwhile."""
    while stream is not None:
        if not connection.in_atomic_block:
            connection.close()
        try:
            data = stream.read(services.PART)
        except OSError:
            return
        if not data:
            return
        yield data


def _size_of_body(request: Request) -> int:
    return int(request.META.get("CONTENT_LENGTH") or 0)


def _must_be_chunk(request: Request) -> None:
    if request.content_type != tus.CHUNK_TYPE:
        raise UnsupportedMediaType(request.content_type)


def _progress(upload: Upload) -> dict[str, str]:
    headers = {"Upload-Offset": str(upload.offset)}
    if upload.state == Upload.State.RECEIVING:
        headers["Upload-Expires"] = tus.moment(upload.expires_at)
    return headers
