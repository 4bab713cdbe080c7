"""Reads of requisitions."""

from django.db.models import Prefetch, QuerySet

from accounts.people.models import User
from parts.requisitions import access
from parts.requisitions.models import Requisition, RequisitionLine
from parts.transfers.models import Transfer


def with_lines(requisitions: QuerySet[Requisition]) -> QuerySet[Requisition]:
    """With all that an output or a document of a requisition shows."""
    return requisitions.select_related("location", "depot").prefetch_related(
        Prefetch("lines", RequisitionLine.objects.select_related("part")),
        Prefetch("transfers", Transfer.objects.only("id", "requisition_id").order_by("created_at", "id")),
    )


def requisitions_for_lists(user: User) -> QuerySet[Requisition]:
    """What this person sees, with all that its output shows."""
    return with_lines(access.visible_requisitions(user))
