"""What somebody may do and see through this door: less than through any other.

Whoever holds a key follows what was filed with it, or for its person, and nothing else. Everybody follows tickets of
the service types that the setting `OPEN311_PUBLIC` names, without anything that leads to a person or a home.
"""

from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet

from accounts.models import WATCHERS, Role, Territory, User
from fieldsvc.errors import Forbidden, NotFound, Unauthenticated, must_exist
from sync.uploads.models import StoredFile
from tickets.attachments.access import visible_attachments
from tickets.attachments.models import Attachment
from tickets.complaints.models import Ticket
from tickets.service_types.models import ServiceType


def filer(user: User | None) -> User:
    """The resident who files. Staff have their own API, where it is recorded as whom they act.

    Raises Unauthenticated("api_key_required"), Forbidden("role_required").
    """
    if user is None:
        raise Unauthenticated("api_key_required", "Send the token of a resident as api_key.")
    if not user.has_role(Role.RESIDENT) or user.has_role(*WATCHERS):
        raise Forbidden("role_required", "File it with the token of a resident.", roles=[Role.RESIDENT])
    return user


def is_own(ticket: Ticket, user: User | None) -> bool:
    """Whether it was filed with this person's key, or for them."""
    return user is not None and ticket.resident_id == user.pk


def own_pictures(user: User | None) -> QuerySet[Attachment]:
    """The photos of a person's own tickets that they may look at. Of what is public there are none."""
    if user is None:
        return Attachment.objects.none()
    own = visible_attachments(user).filter(ticket__resident=user)
    return own.filter(kind=Attachment.Kind.PHOTO, state=Attachment.State.STORED)


def picture_to_see(user: User | None, picture_id: UUID) -> StoredFile:
    """Raises NotFound."""
    return must_exist(must_exist(own_pictures(user).filter(pk=picture_id).select_related("file").first()).file)


def requests_to_follow(user: User | None) -> QuerySet[Ticket]:
    """A person's own, and what is public."""
    seen = Q(service_type__code__in=settings.OPEN311_PUBLIC)
    return Ticket.objects.filter(seen | Q(resident=user) if user is not None else seen)


def offered_service(code: str) -> ServiceType:
    """Raises NotFound for a kind of service that is not on offer."""
    return must_exist(ServiceType.objects.filter(code=code, is_active=True).first())


def jurisdiction(code: str) -> Territory | None:
    """A territory by its code; None without one. Raises NotFound("jurisdiction_unknown")."""
    if not code:
        return None
    territory = Territory.objects.filter(code=code, is_active=True).first()
    if territory is None:
        raise NotFound("jurisdiction_unknown", "Give the code of one of the territories as jurisdiction_id.")
    return territory
