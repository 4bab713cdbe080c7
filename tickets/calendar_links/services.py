"""Making and revoking the link, and reading the calendar by it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from django.db import transaction
from knox.models import get_digest_token

from accounts.models import Role
from accounts.people.access import own_person, require_role
from accounts.signin import limits
from fieldsvc.errors import TooMany
from sync.commands import Actor, command
from tickets.calendar_links import access
from tickets.calendar_links.models import CalendarLink
from tickets.calendar_links.selectors import appointments
from tickets.calendar_links.writing import calendar

READS = limits.Limit(60, timedelta(hours=1))
"""How often one calendar may be read: by a few devices and clouds, each every quarter of an hour."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A calendar as it is now. `changed_at` is when it was first read like this, `digest` the SHA-256 of `content`."""

    content: bytes
    digest: str
    changed_at: datetime


@command
def make_calendar_link(*, actor: Actor, occurred_at: datetime) -> str:
    """A technician makes a link to their own visits, in place of the former one, which is good for nothing any more.

    Returns its secret, which is nowhere else, and never to be had again. Raises Forbidden("role_required").
    """
    require_role(actor, Role.TECHNICIAN)
    technician = own_person(actor)
    digest, secret = get_digest_token()
    made = {"digest": digest, "sign_outs": technician.sign_outs, "made_at": occurred_at}
    CalendarLink.objects.update_or_create(
        technician=technician, defaults={**made, "content_digest": "", "changed_at": None}
    )
    return str(secret)


@command
def revoke_calendar_link(*, actor: Actor, occurred_at: datetime) -> None:
    """The link is good for nothing any more. Raises NotFound if there was none."""
    access.own_link(actor).delete()


@transaction.atomic
def read_calendar(*, secret: str, occurred_at: datetime) -> Reading:
    """The technician's visits, to whoever knows the secret. Raises NotFound, TooMany("too_many_requests")."""
    link = access.link_of_secret(secret)
    key = f"calendar {link.technician_id}"
    if seconds := limits.wait(key, READS, at=occurred_at):
        raise TooMany("too_many_requests", f"Try again in {seconds} seconds.", retry_after=seconds)
    limits.count(key, at=occurred_at)
    content = calendar(appointments(link.technician, at=occurred_at), language=link.technician.language)
    digest = sha256(content).hexdigest()
    if link.changed_at is None or link.content_digest != digest:
        link.content_digest, link.changed_at = digest, occurred_at
        link.save(update_fields=["content_digest", "changed_at"])
    return Reading(content, digest, link.changed_at)
