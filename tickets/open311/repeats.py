"""Telling a repeat: networks lose answers, and apps send again what they have heard nothing of.

A client says so by an `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header-07). Most civic apps know no such
thing, so without one the very same form is the same request for a while.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from django.http import QueryDict
from rest_framework.request import Request

from accounts.models import User
from fieldsvc.errors import Conflict, Invalid, Unprocessable
from sync.sql import execute
from tickets.complaints.models import Ticket
from tickets.open311.models import FiledRequest

KEY = re.compile(r'"?([\x21\x23-\x7e]{1,255})"?')
"""A text in quotes, as the draft has it; many a client leaves them out."""
KEY_COUNTS_FOR = timedelta(hours=24)
FORM_COUNTS_FOR = timedelta(hours=1)
"""As long as the ticket is open: what is reported again after a repair is another one."""


@dataclass(frozen=True, slots=True)
class Sending:
    """By which key a request was sent, if by any, and the hash of all that it said, photos included."""

    key: str
    said: str

    def name(self, filer: User) -> str:
        """Keys and forms are each person's own."""
        return _digest([str(filer.pk), "key" if self.key else "form", self.key or self.said])


def sending_of(request: Request, form: QueryDict) -> Sending:
    """`form` is what the request said in words. Raises Invalid("idempotency_key_not_valid")."""
    header = request.headers.get("Idempotency-Key")
    key = KEY.fullmatch(header.strip()) if header is not None else None
    if header is not None and key is None:
        raise Invalid("idempotency_key_not_valid", "Send 1 to 255 visible characters.", field="Idempotency-Key")
    texts = sorted((name, values) for name, values in form.lists() if name != "api_key")
    photos = [[_digest_of(photo.chunks()) for photo in photos] for _, photos in sorted(request.FILES.lists())]
    return Sending(key[1] if key else "", _digest([texts, photos]))


def filed_before(filer: User, sending: Sending, *, at: datetime) -> Ticket | None:
    """What this has filed already. Until the commit nobody else files it: whoever says by a key that it is a repeat is
    told so, others wait.

    Raises Conflict("request_in_flight"), and Unprocessable("idempotency_key_reused") for another form under the key.
    """
    name = sending.name(filer)
    if not sending.key:
        execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"open311 {name}"])
    elif not execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"open311 {name}"])[0][0]:
        raise Conflict("request_in_flight", "This is being filed. Ask again in a moment.", retry_after=1)
    since = at - (KEY_COUNTS_FOR if sending.key else FORM_COUNTS_FOR)
    before = FiledRequest.objects.filter(name=name, filed_at__gt=since).select_related("ticket").first()
    if before is None or not (sending.key or before.ticket.status in Ticket.UNRESOLVED):
        return None
    if before.said != sending.said:
        raise Unprocessable("idempotency_key_reused", "Another request was sent by this key. Make a new one.")
    return before.ticket


def remember(filer: User, sending: Sending, ticket: Ticket, *, at: datetime) -> None:
    """From now on the same is a repeat."""
    FiledRequest.objects.update_or_create(
        name=sending.name(filer), defaults={"said": sending.said, "ticket": ticket, "filed_at": at}
    )


def forget(*, at: datetime) -> int:
    """Forget what no repeat is told by any more; returns how many."""
    return FiledRequest.objects.filter(filed_at__lte=at - max(KEY_COUNTS_FOR, FORM_COUNTS_FOR)).delete()[0]


def _digest(said: object) -> str:
    return _digest_of([json.dumps(said).encode()])


def _digest_of(chunks: Iterable[bytes]) -> str:
    whole = sha256()
    for chunk in chunks:
        whole.update(chunk)
    return whole.hexdigest()
