"""Who may see how a notice went."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Role, RoleGrant
from accounts.people.access import in_territories, require_role
from accounts.people.models import STAFF
from notifications.notices.models import Notice
from sync.commands import Actor

OF_STAFF_COMPLAINTS = Q(kind__startswith="staff_complaint_")
"""Whoever looks may be the one concerned."""


def deliveries(actor: Actor) -> QuerySet[Notice]:
    """What was to be acknowledged, and what customers were told, of the territories that the actor dispatches,
    supervises or administers. What colleagues were told otherwise is their own business.

    Raises Forbidden("role_required").
    """
    roles = (Role.DISPATCHER, Role.SUPERVISOR, Role.ADMINISTRATOR)
    require_role(actor, *roles)
    to_staff = Exists(RoleGrant.objects.filter(user=OuterRef("user"), role__in=STAFF))
    shown = Notice.objects.filter(Q(wants_ack=True) | ~to_staff).exclude(OF_STAFF_COMPLAINTS)
    return in_territories(shown, actor.user, *roles)
