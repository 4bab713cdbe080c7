"""Filing a request: a ticket of the resident's like any other, and what they wrote with it as their first message."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import IO
from uuid import UUID

from fieldsvc.errors import Invalid
from sync.commands import Actor, command
from sync.uploads.content import Found, examine
from sync.uploads.services import keep_whole
from tickets.attachments.models import Attachment
from tickets.attachments.services import add_attachment
from tickets.complaints.intake import ANSWERS
from tickets.complaints.models import Ticket
from tickets.complaints.services import open_ticket, send_message
from tickets.open311 import access
from tickets.open311.attributes import read_answers
from tickets.open311.repeats import Sending, filed_before, remember
from tickets.service_types.models import ServiceType


@command
def file_request(
    *,
    actor: Actor,
    occurred_at: datetime,
    sending: Sending,
    service_code: str,
    attributes: Mapping[str, Sequence[str]],
    territory_id: UUID | None = None,
    lat: float | None = None,
    long: float | None = None,
    address_string: str = "",
    address_id: UUID | None = None,
    email: str = "",
    first_name: str = "",
    last_name: str = "",
    phone: str = "",
    description: str = "",
    media_url: Sequence[str] = (),
    photos: Sequence[IO[bytes]] = (),
) -> Ticket:
    """Open a ticket of the resident who files, who is the contact unless another one is given. A repeat opens none.

    A place without address is called by its coordinates.

    `media_url` are passed on to the desk as links, and never fetched by us; so is `email`, which a ticket has no place
    for. `photos` are attached; if one of them is not taken, nothing is. Raises what `access.filer`, `open_ticket` and
    uploads raise, `filed_before`, and Invalid("location_required") if nobody said where.
    """
    filer = access.filer(actor.user)
    if before := filed_before(filer, sending, at=occurred_at):
        return before
    examined = [(photo, _examined(photo)) for photo in photos]  # it takes its time: before anything is locked
    service = ServiceType.objects.filter(code=service_code, is_active=True).first()
    details = read_answers(service.form if service else {}, attributes)

    def answered(column: str) -> bool:
        return any(details.get(name) for name in ANSWERS[column])

    said_where = address_string or address_id or answered("address")
    ticket = open_ticket(
        actor=actor,
        occurred_at=occurred_at,
        service_type=service_code,
        details=details,
        contact_name=f"{first_name} {last_name}".strip(),
        contact_phone=phone or ("" if answered("contact_phone") else filer.phone or ""),
        site_id=address_id,
        address=address_string if said_where or lat is None else f"{lat:.5f}, {long:.5f}",
        latitude=lat,
        longitude=long,
        territory_id=territory_id,
        source=Ticket.Source.WEB,
    )
    if ticket.site_id is None:
        raise Invalid("location_required", "Say where: lat and long, or an address.", field="address_string")
    words = "\n".join(text for text in (description, *media_url, email) if text)
    if words:
        send_message(actor=actor, occurred_at=occurred_at, ticket_id=ticket.pk, text=words)
    for photo, found in examined:
        upload = keep_whole(actor=actor, occurred_at=occurred_at, whole=photo, found=found)
        kind = Attachment.Kind.DOCUMENT if found.width is None else Attachment.Kind.PHOTO
        add_attachment(actor=actor, occurred_at=occurred_at, ticket_id=ticket.pk, kind=kind, upload_id=upload.key)
    remember(filer, sending, ticket, at=occurred_at)
    return ticket


def _examined(photo: IO[bytes]) -> Found:
    try:
        return examine(photo)
    except Invalid as refusal:
        raise Invalid(refusal.code, refusal.detail, field="media") from None
