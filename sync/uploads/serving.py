"""Stored files over HTTP. Whoever calls this has asked whether the caller may see them.

A browser keeps a copy and asks each time whether it still may use it (`no-cache`), so that a right that has ended ends
there too. What people sent us never runs: the type is the one we found, nothing is guessed, nothing is executed.
"""

import re
from typing import IO

from django.http import HttpResponse
from django.http.response import FileResponse, HttpResponseBase, HttpResponseNotModified
from rest_framework.request import Request

from sync.uploads import pictures, store
from sync.uploads.content import PDF
from sync.uploads.models import StoredFile

EXTENSIONS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", PDF: "pdf"}
BLOCK = 1 << 16


class Slice:
    """The bytes from `start` up to `stop` of a file, to be read to their end."""

    def __init__(self, file: IO[bytes], start: int, stop: int) -> None:
        file.seek(start)
        self.file, self.left = file, stop - start

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes of what is left."""
        wanted = self.left if size < 0 else min(size, self.left)
        data = self.file.read(wanted)
        self.left -= len(data)
        return data

    def close(self) -> None:
        self.file.close()


def original(request: Request, file: StoredFile, *, filename: str) -> HttpResponseBase:
    """The file, or the one range of it that was asked for."""
    return _answer(request, file.name, file.size, file.content_type, etag=f'"{file.sha256}"', filename=filename)


def thumbnail(request: Request, file: StoredFile, edge: int, *, filename: str) -> HttpResponseBase:
    """The picture, no larger than `edge`."""
    small, etag = store.thumbnail(file, edge), f'"{file.sha256}-{edge}"'
    return _answer(request, small.name, small.size, pictures.CONTENT_TYPE, etag=etag, filename=filename)


def _answer(request: Request, name: str, size: int, content_type: str, *, etag: str, filename: str) -> HttpResponseBase:
    response: HttpResponseBase
    span = _range(request, size, etag)
    if etag in (tag.strip().removeprefix("W/") for tag in request.headers.get("If-None-Match", "").split(",")):
        response = HttpResponseNotModified()
    elif span is None:
        response = HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    else:
        start, stop = span
        content = Slice(store.storage().open(name), start, stop)
        response = FileResponse(
            content,
            as_attachment=content_type == PDF,
            filename=f"{filename}.{EXTENSIONS[content_type]}",
            content_type=content_type,
        )
        response["Content-Length"] = str(stop - start)
        if stop - start < size:
            response.status_code = 206
            response["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    response["ETag"] = etag
    response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = "private, no-cache"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _range(request: Request, size: int, etag: str) -> tuple[int, int] | None:
    """From where to where; all of it unless one range was asked for; None for one that there is not (RFC 9110, 14)."""
    asked = re.fullmatch(r"bytes=([0-9]{0,15})-([0-9]{0,15})", request.headers.get("Range", ""))
    if asked is None or not (asked[1] or asked[2]) or request.headers.get("If-Range", etag) != etag:
        return 0, size
    if not asked[1]:
        start, stop = max(0, size - int(asked[2])), size
    else:
        start, stop = int(asked[1]), min(size, int(asked[2]) + 1 if asked[2] else size)
    return (start, stop) if start < stop else None
