"""Reads of requisitions."""

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from django.db.models import Prefetch, QuerySet, Sum
from django.db.models.functions import Coalesce

from accounts.people.models import User
from parts.requisitions import access
from parts.requisitions.models import Requisition, RequisitionLine
from parts.requisitions.progress import with_sent
from parts.transfers.models import Transfer


def with_lines(requisitions: QuerySet[Requisition]) -> QuerySet[Requisition]:
    """With all that a document of a requisition shows."""
    return requisitions.select_related("location", "depot").prefetch_related("lines")


def requisitions_for_lists(user: User) -> QuerySet[Requisition]:
    """What this person sees, with all that its output shows."""
    lines = with_sent(RequisitionLine.objects.select_related("part", "substitute"))
    transfers = Transfer.objects.only("id", "requisition_id").order_by("created_at", "id")
    shown = access.visible_requisitions(user).select_related("location", "depot")
    return shown.prefetch_related(Prefetch("lines", lines), Prefetch("transfers", transfers))


def asked_for_visit(visit_id: UUID) -> Mapping[UUID, Decimal]:
    """By part, how much of it was asked for a visit and has not come: of what was decided, as much as was approved."""
    under_way = Requisition.objects.filter(visit_id=visit_id).exclude(status__in=Requisition.ENDED)
    lines = RequisitionLine.objects.filter(requisition__in=under_way).order_by()
    counted = lines.values("part").annotate(asked=Sum(Coalesce("approved", "quantity")))
    return dict(counted.values_list("part", "asked"))
