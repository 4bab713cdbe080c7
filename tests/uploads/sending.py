"""Contents to send, and a small client of the tus protocol for tests."""

import base64
import hashlib
from io import BytesIO
from typing import Any
from uuid import UUID

from PIL import Image
from rest_framework.test import APIClient

UPLOADS = "/api/v1/uploads"
CHUNK = "application/offset+octet-stream"
TUS = {"Tus-Resumable": "1.0.0"}


def picture(width: int = 40, height: int = 30, format: str = "JPEG", colour: str = "teal", **options: Any) -> bytes:
    """A picture of one colour."""
    target = BytesIO()
    Image.new("RGB", (width, height), colour).save(target, format, **options)
    return target.getvalue()


def pdf() -> bytes:
    """As little as a PDF can be."""
    return b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def told(**metadata: object) -> str:
    """The header `Upload-Metadata`."""
    return ",".join(f"{key} {base64.b64encode(str(value).encode()).decode()}" for key, value in metadata.items())


def checksum(data: bytes, algorithm: str = "sha256") -> str:
    """The header `Upload-Checksum`."""
    return f"{algorithm} {base64.b64encode(hashlib.new(algorithm, data).digest()).decode()}"


def begin(client: APIClient, length: int | str, *, content: bytes = b"", **headers: str) -> Any:
    """POST: announce an upload; headers with underscores for hyphens."""
    extra = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.post(UPLOADS, content, content_type=CHUNK, headers=TUS | {"Upload-Length": str(length)} | extra)


def send(client: APIClient, where: str, offset: int | str, data: bytes, **headers: str) -> Any:
    """PATCH: the next bytes."""
    extra = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.patch(where, data, content_type=CHUNK, headers=TUS | {"Upload-Offset": str(offset)} | extra)


def ask(client: APIClient, where: str) -> Any:
    """HEAD: how much is there."""
    return client.head(where, headers=TUS)


def send_by_tus(client: APIClient, content: bytes, **metadata: object) -> UUID:
    """A whole upload in one chunk; its id."""
    begun = begin(client, len(content), Upload_Metadata=told(**metadata))
    assert begun.status_code == 201, begun.content
    sent = send(client, begun["Location"], 0, content)
    assert sent.status_code == 204, sent.content
    return UUID(begun["Location"].rsplit("/", 1)[1])
