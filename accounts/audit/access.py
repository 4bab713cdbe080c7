"""Who reads the audit, and what of it."""

from django.db.models import QuerySet

from accounts.people.access import in_territories, require_role
from accounts.people.models import Role, User
from sync.audit.models import AuditEntry
from sync.commands import Actor

READERS = (Role.SUPERVISOR, Role.ADMINISTRATOR)


def reader_of(actor: Actor) -> User:
    """Raises Forbidden("role_required") for those whom it does not concern what others did."""
    require_role(actor, *READERS)
    user: User = actor.user
    return user


def visible_entries(user: User) -> QuerySet[AuditEntry]:
    """Those of the reader's territories; all for administrators of everything."""
    return in_territories(AuditEntry.objects.all(), user, *READERS)
