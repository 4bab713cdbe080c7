"""What an upload really is: told from its bytes, and compared with what was said about it."""

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import BoundedSemaphore
from typing import IO

from PIL import Image

from fieldsvc.errors import Invalid
from sync.uploads.conf import upload_settings

PICTURES = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
"""By content type, what Pillow calls it. No SVG, as it can carry programs; no HEIC, as Pillow cannot check it."""
PDF = "application/pdf"
TAKEN = (*PICTURES, PDF)
BLOCK = 1 << 18
ORIENTATION = 0x0112
"""The EXIF tag of how the camera was held; from 5 on, width and height change places."""
LOOK_AT = (1280, 1280)
"""A JPEG is decoded no larger than this: all of its data are read, a fraction of its pixels is made."""

MOST_SCANS = 50
"""How often a JPEG may go over its picture: cameras do it once, programs about ten times. A scan of a few bytes takes
as long as a whole one, so a small file could keep us busy for hours."""
MARKER = re.compile(rb"\xff([\x02-\xcf\xd9-\xfe])", re.DOTALL)
"""A segment of a JPEG begins; what comes within a scan, and those without a length, are left out."""
SCAN, END = b"\xda", b"\xd9"

_few_at_a_time = BoundedSemaphore(2)
"""A decoded picture can take 200 MB: so memory stays flat when many phones come back at once."""


@dataclass(frozen=True, slots=True)
class Found:
    """A content that may be kept."""

    sha256: str
    size: int
    content_type: str
    width: int | None = None
    height: int | None = None


def examine(content: IO[bytes], *, declared_type: str = "", declared_sha256: str = "") -> Found:
    """What this is. Raises Invalid for what is not as declared or not to be taken:

    "upload_type_not_taken", "upload_not_as_declared", "upload_broken", "picture_too_large".
    """
    content_type = _kind_of(content)
    if declared_type and declared_type != content_type:
        detail = f"This is {content_type}, not {declared_type}."
        raise Invalid("upload_not_as_declared", detail, field="filetype", found=content_type)
    sha256, size = _hash(content)
    if declared_sha256 and declared_sha256 != sha256:
        raise Invalid("upload_not_as_declared", "The content has another hash.", field="sha256")
    if content_type == PDF:
        _must_end_like_a_pdf(content, size)
        return Found(sha256, size, content_type)
    return Found(sha256, size, content_type, *_measure(content))


def must_be_taken(declared_type: str) -> None:
    """Raises Invalid("upload_type_not_taken") for a type that would not be kept, before any of it is sent."""
    if declared_type and declared_type not in TAKEN:
        raise _not_taken()


def _not_taken() -> Invalid:
    return Invalid("upload_type_not_taken", "Send a JPEG, PNG or WebP picture, or a PDF.", allowed=list(TAKEN))


def _kind_of(content: IO[bytes]) -> str:
    content.seek(0)
    head = content.read(16)
    match head:
        case _ if head.startswith(b"\xff\xd8\xff"):
            return "image/jpeg"
        case _ if head.startswith(b"\x89PNG\r\n\x1a\n"):
            return "image/png"
        case _ if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
            return "image/webp"
        case _ if head.startswith((b"%PDF-1.", b"%PDF-2.")):
            return PDF
    raise _not_taken()


def _hash(content: IO[bytes]) -> tuple[str, int]:
    content.seek(0)
    whole, size = hashlib.sha256(), 0
    while block := content.read(BLOCK):
        whole.update(block)
        size += len(block)
    return whole.hexdigest(), size


def _must_end_like_a_pdf(content: IO[bytes], size: int) -> None:
    content.seek(max(0, size - 1024))
    if b"%%EOF" not in content.read():
        raise _broken("The PDF ends in the middle.")


def _measure(content: IO[bytes]) -> tuple[int, int]:
    """Width and height of the picture as it is to be looked at. All of it is decoded: half a picture is none."""
    try:
        with opened(content) as picture:
            width, height = picture.size
            if width * height > upload_settings().max_pixels:
                raise _too_large()
            if picture.format == "JPEG":
                _must_have_few_scans(content)
            turned = picture.getexif().get(ORIENTATION, 1) in (5, 6, 7, 8)
            picture.draft("RGB", LOOK_AT)
            picture.load()
    except Invalid:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_large() from None
    except Exception as error:  # decoders raise anything, for bytes that somebody made up
        raise _broken("The picture cannot be read.") from error
    return (height, width) if turned else (width, height)


def _must_have_few_scans(content: IO[bytes]) -> None:
    """See `MOST_SCANS`. What follows the end of the picture is nothing to us, such as the film of a phone's photo."""
    before = content.tell()
    content.seek(0)
    jpeg = content.read()
    content.seek(before)
    place = scans = 0
    while (marker := MARKER.search(jpeg, place)) and marker[1] != END:
        scans += marker[1] == SCAN
        if scans > MOST_SCANS:
            raise _broken("The picture has more scans than any camera makes.")
        place = marker.end() + int.from_bytes(jpeg[marker.end() : marker.end() + 2])


@contextmanager
def opened(content: IO[bytes]) -> Iterator[Image.Image]:
    """The picture, not decoded yet; few of them at a time."""
    content.seek(0)
    with _few_at_a_time, Image.open(content, formats=list(PICTURES.values())) as picture:
        yield picture


def _too_large() -> Invalid:
    return Invalid(
        "picture_too_large", "The picture has too many pixels. Make it smaller.", limit=upload_settings().max_pixels
    )


def _broken(detail: str) -> Invalid:
    return Invalid("upload_broken", detail)
