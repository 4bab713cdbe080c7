"""A technician's phone, as far as its pushes go: operations captured over a day without signal."""

import base64
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from io import BytesIO
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import orjson
from PIL import Image

from benchmarks.client import Answer, Client
from benchmarks.dataset import Job, Technician
from sync.ids import uuid7

PUSH = "/api/v1/sync/push"
CHANGES = "/api/v1/sync/changes"
UPLOADS = "/api/v1/uploads"
TUS = {"Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream"}
SCHEMA = 4
"""The version of the wire that it speaks: the newest."""
HERE = {"latitude": 34.2401, "longitude": 108.9101, "accuracy_m": 12}
AWAY = timedelta(hours=10)
"""How long it was without signal."""

Operation = tuple[str, dict[str, Any]]
"""Kind and data."""


def visits_done(jobs: Sequence[Job], valve_id: str) -> Iterator[Operation]:
    """Ten operations for each visit, from accepting it to leaving the site, as a technician does them."""
    for job in jobs:
        visit = {"visit_id": job.visit_id}
        yield "visit.accept", visit
        yield "visit.travel", visit
        yield "visit.check_in", {"id": str(uuid7()), **visit, **HERE}
        yield "note.add", {"id": str(uuid7()), "ticket_id": job.ticket_id, "text": "Nobody heard the bell; rang again."}
        yield "visit.edit", {**visit, "diagnosis": "Seal of the valve worn out.", "base": {"diagnosis": ""}}
        yield "part.use", {"id": str(uuid7()), **visit, "part_id": valve_id, "quantity": "1"}
        yield (
            "visit.edit",
            {**visit, "checklist_answers": {"tight": True, "pressure": 2.1}, "base": {"checklist_answers": {}}},
        )
        yield "note.add", {"id": str(uuid7()), "ticket_id": job.ticket_id, "text": "The hose should go next year."}
        yield (
            "visit.complete",
            {**visit, "resolution_code": "repaired", "parts_answer": "used", "signed_by": "Rosa Resident"},
        )
        yield "visit.check_out", {"id": str(uuid7()), **visit, **HERE}


OPERATIONS_PER_VISIT = 10


class Phone:
    """Pushes over a connection of its own."""

    def __init__(self, technician: Technician, port: int) -> None:
        self.technician = technician
        self.client = Client(port, Authorization=f"Token {technician.token}")
        self.seq = count(1)
        self.boot = str(uuid7())

    def close(self) -> None:
        """Out of reach again."""
        self.client.close()

    def envelope(self, operations: Sequence[Operation]) -> bytes:
        """A push of these operations, done one after the other while the phone was away."""
        now = datetime.now(UTC)
        booted_at = now - 2 * AWAY
        moments = (now - AWAY * (len(operations) - i) / len(operations) for i in range(len(operations)))
        return orjson.dumps(
            {
                "device": str(self.technician.device_id),
                "schema": SCHEMA,
                "clock": self._reading(now, booted_at),
                "operations": [
                    {
                        "id": str(uuid7()),
                        "seq": next(self.seq),
                        "kind": kind,
                        "captured": self._reading(moment, booted_at),
                        "depends_on": [],
                        "data": data,
                    }
                    for (kind, data), moment in zip(operations, moments, strict=True)
                ],
            }
        )

    def _reading(self, moment: datetime, booted_at: datetime) -> dict[str, Any]:
        elapsed = round((moment - booted_at).total_seconds() * 1000)
        return {"wall": moment.isoformat(), "monotonic_ms": elapsed, "boot": self.boot}

    def push(self, envelope: bytes) -> Answer:
        """Send it, and read the answer."""
        return self.client.post(PUSH, envelope)

    def upload(self, photo_id: str, content: bytes) -> None:
        """Send this photo by tus, whole."""
        told = {"id": photo_id, "filetype": "image/jpeg"}
        metadata = ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in told.items())
        told = {"Upload-Length": str(len(content)), "Upload-Metadata": metadata}
        begun = self.client.post(UPLOADS, b"", **TUS, **told)
        where = urlsplit(begun.headers["Location"]).path
        self.client.patch(where, content, **TUS, **{"Upload-Offset": "0"})


def photo() -> bytes:
    """About 400 kB that no other photo has: noise, as a JPEG."""
    target = BytesIO()
    Image.effect_noise((1024, 768), 60).save(target, "JPEG", quality=80)
    return target.getvalue()


def must_have_applied(answer: Answer) -> None:
    """Raises AssertionError unless every operation was: a refusal would be quicker, and no push at all."""
    others = [result for result in answer.json()["results"] if result["status"] != "applied" or "duplicate" in result]
    assert not others, others[:3]
