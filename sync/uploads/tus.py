"""The headers of the tus resumable upload protocol, version 1.0.0 (https://tus.io/protocols/resumable-upload)."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.http import http_date

from fieldsvc.errors import Invalid

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,checksum,expiration,termination"
CHUNK_TYPE = "application/offset+octet-stream"
ALGORITHMS = ("sha256", "sha1", "md5")
"""Against bits that flip on the way. Against lies, tell the `sha256` of the whole in the metadata."""
MAX_METADATA = 4_000
"""Characters of the header `Upload-Metadata`."""


def number(headers: Mapping[str, str], name: str) -> int:
    """A header that counts bytes. Raises Invalid("upload_header_not_valid")."""
    text = headers.get(name, "")
    if not re.fullmatch(r"[0-9]{1,15}", text):
        raise _invalid(name, f"{name} must be a number of bytes.")
    return int(text)


@dataclass(frozen=True, slots=True)
class Metadata:
    """What is said about an upload. All of it is kept as it was sent; these keys mean something to us."""

    raw: str
    id: UUID | None
    """Made by the client, so that a record can name the upload before it has begun."""
    content_type: str
    sha256: str
    """Of the whole content, hexadecimal."""


def metadata(headers: Mapping[str, str]) -> Metadata:
    """`Upload-Metadata`: pairs of a key and a text in base64, by commas. Raises Invalid("upload_header_not_valid")."""
    raw = headers.get("Upload-Metadata", "")
    pairs: dict[str, str] = {}
    if len(raw) > MAX_METADATA:
        raise _invalid("Upload-Metadata", f"Upload-Metadata may have {MAX_METADATA} characters.")
    for pair in filter(None, (word.strip() for word in raw.split(","))):
        key, _, value = pair.partition(" ")
        if key in pairs:
            raise _invalid("Upload-Metadata", "Upload-Metadata names a key twice.")
        pairs[key] = _text(value)
    sha256 = pairs.get("sha256", "").lower()
    if sha256 and not re.fullmatch(r"[0-9a-f]{64}", sha256):
        raise _invalid("Upload-Metadata", "sha256 must be the hash in 64 hexadecimal digits.")
    return Metadata(raw, _uuid(pairs.get("id", "")), _content_type(pairs.get("filetype", "")), sha256)


def _text(value: str) -> str:
    try:
        return base64.b64decode(value, validate=True).decode()
    except (binascii.Error, ValueError):
        raise _invalid("Upload-Metadata", "Values of Upload-Metadata must be UTF-8 texts in base64.") from None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise _invalid("Upload-Metadata", "id must be a UUID.") from None


def _content_type(text: str) -> str:
    """`image/jpeg` for ` Image/JPG; q=1`."""
    told = text.partition(";")[0].strip().lower()
    return "image/jpeg" if told == "image/jpg" else told


@dataclass(frozen=True, slots=True)
class Checksum:
    """What the hash of one chunk has to be."""

    algorithm: str
    digest: bytes

    def holds(self, chunk: "hashlib._Hash") -> bool:
        return hmac.compare_digest(chunk.digest(), self.digest)

    def begin(self) -> "hashlib._Hash":
        return hashlib.new(self.algorithm, usedforsecurity=False)


def checksum(headers: Mapping[str, str]) -> Checksum | None:
    """`Upload-Checksum`: an algorithm and the hash in base64. Raises Invalid("upload_header_not_valid")."""
    told = headers.get("Upload-Checksum")
    if told is None:
        return None
    algorithm, _, value = told.strip().partition(" ")
    if algorithm not in ALGORITHMS:
        raise _invalid("Upload-Checksum", f"The checksum may be made by {', '.join(ALGORITHMS)}.")
    try:
        digest = base64.b64decode(value.strip(), validate=True)
    except (binascii.Error, ValueError):
        raise _invalid("Upload-Checksum", "The checksum must be in base64.") from None
    return Checksum(algorithm, digest)


def moment(at: datetime) -> str:
    """As `Upload-Expires` has it."""
    return http_date(at.timestamp())


def _invalid(name: str, detail: str) -> Invalid:
    return Invalid("upload_header_not_valid", detail, field=name)
