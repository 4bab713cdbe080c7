"""What it means when a client library writes a document of these collections: see `sync/writes/`.

| written | means |
|---|---|
| a new ticket | `ticket.open` |
| a ticket's contact, title, access notes, priority | `ticket.edit`, on the base of what the device saw |
| a ticket's `status` `closed`, `cancelled` (with `cancel_reason`), or anything after it had ended (with `reopen_reason`) | `ticket.confirm`, `ticket.cancel`, `ticket.reopen` |
| a ticket's `rating` | `ticket.rate` |
| a new note, a new message | `note.add`, `message.send` |

`cancel_reason` and `reopen_reason` are written and never come back.
"""  # noqa: E501

from collections.abc import Iterator

from sync.registry import Meant, Write
from tickets.complaints.models import Ticket
from tickets.complaints.serializers import OpenTicketInput

Status = Ticket.Status

EDITABLE = ("contact_name", "contact_phone", "access_notes", "title", "priority")
COMPUTED_OF_TICKETS = frozenset(
    {
        "reference",
        "service_name",
        "service_name_zh",
        "allowed",
        "flags",
        "clocks",
        "timeline",
        "visits",
        "follows_id",
        "repeats_id",
        "outage_id",
        "escalated_at",
        "reply_owed_since",
        "received_at",
        "resolved_at",
        "confirm_until",
        "closed_at",
    }
)


def ticket_meaning(write: Write) -> Iterator[Meant]:
    """Whoever complains, or finds something on patrol, makes a ticket; what is wrong in it, people correct."""
    if write.inserted:
        # The status and whatever else a device may have put there is for us to say.
        said = write.values(*OpenTicketInput().fields)
        yield Meant("ticket.open", {**said, "id": write.id}, write.changed, said.get("reported_at"))
        return
    if not write.edited:
        return
    about = {"ticket_id": write.id}
    if corrected := write.values(*EDITABLE):
        yield Meant("ticket.edit", {**about, **corrected, "base": write.seen(corrected)}, frozenset(corrected))
    yield from _status(write)
    rating = write.values("rating").get("rating")
    if isinstance(rating, dict):
        said = {name: rating[name] for name in ("id", "score", "reasons", "comment") if rating.get(name) is not None}
        yield Meant("ticket.rate", {**about, **said}, frozenset({"rating"}), rating.get("occurred_at"))


def _status(write: Write) -> Iterator[Meant]:
    status = write.values("status").get("status")
    if status is None:
        return
    before = (write.base or {}).get("status")
    if status == Status.CLOSED:
        kind, reason = "ticket.confirm", ""
    elif status == Status.CANCELLED:
        kind, reason = "ticket.cancel", "cancel_reason"
    elif before in (Status.RESOLVED, Status.CLOSED, Status.CANCELLED):
        kind, reason = "ticket.reopen", "reopen_reason"
    else:
        return
    said = {"ticket_id": write.id}
    if given := write.values(reason):
        said["reason"] = given[reason]
    yield Meant(kind, said, frozenset({"status", reason}) & write.changed)


def note_meaning(write: Write) -> Iterator[Meant]:
    """A note is added, and stays as it was written."""
    yield from _saying(write, "note.add", "ticket_id", "visit_id", "text", "internal")


def message_meaning(write: Write) -> Iterator[Meant]:
    """A message is sent, and stays as it was written."""
    yield from _saying(write, "message.send", "ticket_id", "text")


def _saying(write: Write, kind: str, *fields: str) -> Iterator[Meant]:
    if write.inserted:
        said = {"id": write.id, **write.values(*fields)}
        yield Meant(kind, said, write.changed, write.values("occurred_at").get("occurred_at"))
