"""What it means when a client library writes an attachment: see `sync/writes/`.

| written | means |
|---|---|
| a new photo or document, a new signature | `attachment.add`, `visit.sign` |
| the `state` withdrawn, with `withdrawal_reason` | `attachment.withdraw` |
"""

from collections.abc import Iterator

from sync.registry import Meant, Write
from tickets.attachments.models import Attachment

COMPUTED = frozenset({"content_type", "size", "refusal", "from_resident", "received_at", "withdrawn_at", "flags"})
SAID_OF_CONTENT = ("caption", "upload_id", "sha256")


def attachment_meaning(write: Write) -> Iterator[Meant]:
    """What was taken or signed stays as it was told, and can be withdrawn."""
    if write.inserted:
        signed = (write.new or {}).get("kind") == Attachment.Kind.SIGNATURE
        kind = "visit.sign" if signed else "attachment.add"
        fields = ("visit_id", "signed_by") if signed else ("ticket_id", "visit_id", "kind", "internal")
        said = {"id": write.id, **write.values(*fields, *SAID_OF_CONTENT)}
        yield Meant(kind, said, write.changed, write.values("occurred_at").get("occurred_at"))
    elif write.edited and write.values("state").get("state") == Attachment.State.WITHDRAWN:
        given = write.values("withdrawal_reason")
        said = {"attachment_id": write.id, **({"reason": given["withdrawal_reason"]} if given else {})}
        yield Meant("attachment.withdraw", said, frozenset({"state", "withdrawal_reason"}) & write.changed)
