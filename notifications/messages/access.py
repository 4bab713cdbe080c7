"""Who may see what is on its way out of the house."""

from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.models import Role
from accounts.people.access import require_role, territories
from fieldsvc.errors import must_exist
from notifications.messages.models import Message
from sync.commands import Actor

CARERS = (Role.SUPERVISOR, Role.ADMINISTRATOR)


def messages(actor: Actor) -> QuerySet[Message]:
    """All of them for administrators of everything; otherwise those that tell of a notice of one's territories, unless
    it is of a complaint about staff: whoever looks may be the one concerned. Raises Forbidden("role_required").
    """
    require_role(actor, *CARERS)
    if territories(actor.user, Role.ADMINISTRATOR) is None:
        return Message.objects.all()
    theirs = Message.objects.filter(~Q(notice__kind__startswith="staff_complaint_"), notice__isnull=False)
    places = territories(actor.user, *CARERS)
    return theirs if places is None else theirs.filter(notice__territory_id__in=places)


def message_to_resend(actor: Actor, message_id: UUID) -> Message:
    """Locked. Raises NotFound, Forbidden("role_required")."""
    must_exist(messages(actor).filter(pk=message_id).first())
    return must_exist(Message.objects.select_for_update().filter(pk=message_id).first())
