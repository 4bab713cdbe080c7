"""Templates are read by the desk, and written by administrators."""

from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.models import WATCHERS
from accounts.people.access import require_administrator, require_role
from fieldsvc.errors import Invalid, must_exist
from sync.commands import Actor
from tickets.complaints.models import Ticket
from tickets.replies.models import ReplyTemplate


def templates(actor: Actor) -> QuerySet[ReplyTemplate]:
    """All of them. Raises Forbidden("role_required") for those who write to no customers."""
    require_role(actor, *WATCHERS)
    return ReplyTemplate.objects.select_related("territory", "service_type")


def template_to_see(actor: Actor, template_id: UUID) -> ReplyTemplate:
    """Raises NotFound, Forbidden("role_required")."""
    return must_exist(templates(actor).filter(pk=template_id).first())


def template_to_change(actor: Actor, template_id: UUID) -> ReplyTemplate:
    """Locked, for administrators of everything. Raises NotFound, Forbidden("role_required")."""
    template_to_see(actor, template_id)
    require_administrator(actor)
    return ReplyTemplate.objects.select_for_update().get(pk=template_id)


def fitting(ticket: Ticket) -> Q:
    """Condition on templates: those that may be used for this ticket."""
    here = Q(territory=None) | Q(territory=ticket.territory_id)
    return here & (Q(service_type=None) | Q(service_type=ticket.service_type_id)) & Q(is_active=True)


def template_to_use(actor: Actor, ticket: Ticket, template_id: UUID) -> ReplyTemplate:
    """Raises Invalid("template_unknown") for one that is not for this ticket, Forbidden("role_required")."""
    template = templates(actor).filter(fitting(ticket), pk=template_id).first()
    if template is None:
        raise Invalid("template_unknown", "Choose a template for this kind of ticket.", field="template_id")
    return template
