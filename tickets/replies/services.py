"""Commands on templates, and how one reads for a ticket."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.people.access import require_administrator
from fieldsvc.errors import Conflict, Invalid
from sync.commands import Actor, command
from sync.ids import uuid7
from sync.repeats import id_taken
from sync.violations import violated_constraint
from tickets.complaints.access import ticket_to_see
from tickets.complaints.models import Ticket
from tickets.replies import access, placeholders
from tickets.replies.models import ReplyTemplate
from tickets.service_types.models import ServiceType
from tickets.sites.access import active_territory
from tickets.visits.selectors import active_visits


@dataclass(frozen=True, slots=True)
class Preview:
    """A template as it reads for a ticket. `missing` are placeholders for which the ticket has nothing to say yet.

    `language` is the customer's, if they are registered.
    """

    text: str
    text_zh: str
    missing: list[str]
    language: str


@command
def create_template(
    *, actor: Actor, occurred_at: datetime, id: UUID | None = None, service_type: str | None = None, **fields: Any
) -> ReplyTemplate:
    """A new template. `service_type` is a code.

    Raises Invalid (`template_not_valid`, `placeholder_unknown`, `territory_unknown`, `service_type_unknown`),
    Conflict("code_taken"), Conflict("id_taken"), Forbidden("role_required").
    """
    require_administrator(actor)
    _check(fields)
    template = ReplyTemplate(pk=id or uuid7(), service_type=_service_type(service_type), **fields)
    try:
        with transaction.atomic():
            template.save(force_insert=True)
    except IntegrityError as error:
        if violated_constraint(error) == "one_reply_template_per_code":
            raise Conflict("code_taken", "There is one with this code already. Choose another code.") from error
        if violated_constraint(error) == "tickets_replytemplate_pkey":
            raise id_taken() from error
        raise
    return template


@command
def change_template(*, actor: Actor, occurred_at: datetime, template_id: UUID, **changes: Any) -> ReplyTemplate:
    """Other words, or another use; what was sent stays as it was. Raises as `create_template`."""
    template = access.template_to_change(actor, template_id)
    _check(changes)
    if "service_type" in changes:
        changes["service_type"] = _service_type(changes["service_type"])
    for field, value in changes.items():
        setattr(template, field, value)
    template.save(update_fields=list(changes))
    return template


def preview(actor: Actor, template_id: UUID, ticket_id: UUID) -> Preview:
    """How the template reads for a ticket that the actor sees. Raises NotFound, Invalid("template_unknown")."""
    access.template_to_see(actor, template_id)
    ticket = Ticket.objects.select_related("territory", "service_type", "resident").get(
        pk=ticket_to_see(actor, ticket_id).pk
    )
    template = access.template_to_use(actor, ticket, template_id)
    visit = active_visits(ticket.pk).select_related("technician").first()
    subject = placeholders.Subject(ticket, visit, actor.user)
    (text, text_zh), missing = placeholders.fill(template.text, template.text_zh, subject)
    return Preview(text, text_zh, missing, ticket.resident.language if ticket.resident else "")


def _check(fields: Mapping[str, Any]) -> None:
    for field in ("text", "text_zh"):
        if field in fields:
            placeholders.check(fields[field], field=field)
    if fields.get("territory_id"):
        active_territory(fields["territory_id"])


def _service_type(code: str | None) -> ServiceType | None:
    if not code:
        return None
    service_type = ServiceType.objects.filter(code=code).first()
    if service_type is None:
        raise Invalid("service_type_unknown", "Choose one of the service types.", field="service_type")
    return service_type
