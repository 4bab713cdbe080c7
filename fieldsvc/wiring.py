"""The tables that wire the apps together. Whatever points from a lower room to an upper one is written here."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from accounts.models import User
from accounts.people import selectors as people
from accounts.people.contacts import reads_contacts
from accounts.people.masking import masked
from notifications import offline as notifications
from parts import offline as parts
from parts.locations.selectors import open_depot_scopes
from parts.stock.together import prepare_books
from parts.transfers.together import prepare_papers
from sync import offline as sync
from sync import schemas
from sync.uploads.models import Upload
from tickets import offline as tickets
from tickets.attachments import services as attachments
from tickets.complaints.awaiting import acknowledged, escalated, free_tickets
from tickets.prices.access import price_scopes
from tickets.visits.swaps import prepare_equipment
from tickets.visits.together import prepare_tickets
from tickets.warranties.selectors import prepare_warranties

__all__ = ["acknowledged", "escalated", "free_tickets"]  # for the setting `NOTICES`

OPERATIONS = {**sync.OPERATIONS, **notifications.OPERATIONS, **parts.OPERATIONS, **tickets.OPERATIONS}
DOCUMENTS = {**sync.DOCUMENTS, **notifications.DOCUMENTS, **parts.DOCUMENTS, **tickets.DOCUMENTS}
SCHEMAS = schemas.together(sync.SCHEMAS, parts.SCHEMAS, tickets.SCHEMAS)
PREPARATIONS = (prepare_tickets, prepare_warranties, prepare_equipment, prepare_papers, prepare_books)
"""What pushes lock ahead, in the one order of locks: see docs/architecture.md."""


def open_scopes(user: User) -> list[str]:
    """What this person's phone may pull. Whoever sees more of a document comes first."""
    return [*people.open_scopes(user), *open_depot_scopes(user), *price_scopes(user)]


def looks_after(user: User) -> QuerySet[User]:
    """The people whose devices and operations this person may see and put right."""
    return people.people_looked_after(user)


def shown_to(user: User, told: Any) -> Any:
    """What was told of customers, without how to reach them for those who need not know."""
    return told if reads_contacts(user) else masked(told)


def upload_ended(upload: Upload) -> None:
    """Whose content came, or was rejected."""
    attachments.upload_ended(upload)


def teams(user: User) -> Iterable[people.Membership]:
    """Of the same people, who works in which territory."""
    return people.territories_of_people_looked_after(user)


def websocket_application() -> Any:
    """What answers WebSockets."""
    from notifications.sockets import websocket_application as application

    return application()


def stream_application() -> Any:
    """What answers the live streams of client libraries."""
    from accounts.signin.authentication import user_for_token
    from notifications.bus.subscription import listening
    from sync.rxdb.stream import Streams

    return Streams(user_of=lambda token: user_for_token(token)[0], listen=listening)
