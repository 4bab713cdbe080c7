"""Requisitions on phones: with whoever asked, whoever keeps the place, and the depots of its territory."""

from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING, Any
from uuid import UUID

from parts.locations.following import Depots, depots_beside, followers_at
from parts.quantities import plain
from parts.requisitions import services
from parts.requisitions.models import Requisition
from parts.requisitions.selectors import with_lines
from parts.requisitions.serializers import RequisitionOperation, SubmitRequisitionInput
from parts.transfers.together import prepare_papers
from sync.registry import Document, Meant, Operation, Write

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations


def load_requisitions(ids: Collection[UUID]) -> "Iterable[WithAnnotations[Requisition, Depots]]":
    return with_lines(Requisition.objects.filter(pk__in=ids)).annotate(depots=depots_beside("location"))


def requisition_followers(requisition: "WithAnnotations[Requisition, Depots]") -> Iterable[str]:
    if requisition.archived:
        return []
    places = [place for place in (requisition.location, requisition.depot) if place]
    scopes = followers_at(places, requisition.depots)
    return scopes | {f"person:{requisition.requested_by_id}"} if requisition.requested_by_id else scopes


def render_requisition(requisition: Requisition, audience: str) -> dict[str, Any]:
    return {
        "status": requisition.status,
        "origin": requisition.origin,
        "location_id": requisition.location_id,
        "depot_id": requisition.depot_id,
        "requested_by_id": requisition.requested_by_id,
        "reason": requisition.reason,
        "ticket_id": requisition.ticket_id,
        "visit_id": requisition.visit_id,
        "needed_by": requisition.needed_by,
        "occurred_at": requisition.occurred_at,
        "decided_at": requisition.decided_at,
        "decision_note": requisition.decision_note,
        "drop_reason": requisition.drop_reason,
        "ended_at": requisition.ended_at,
        "lines": [
            {
                "id": line.pk,
                "part_id": line.part_id,
                "quantity": plain(line.quantity),
                "approved": None if line.approved is None else plain(line.approved),
                "substitute_id": line.substitute_id,
                "note": line.note,
            }
            for line in requisition.lines.all()
        ],
    }


def requisition_meaning(write: Write) -> Iterator[Meant]:
    """Whoever makes a requisition submits it; who writes that it is cancelled takes it back."""
    if write.inserted:
        names = ("location_id", "depot_id", "reason", "ticket_id", "visit_id", "needed_by")
        lines = [
            {name: line[name] for name in ("part_id", "quantity", "note") if line.get(name) is not None}
            for line in write.values("lines").get("lines", [])
            if isinstance(line, dict)
        ]
        said = {"id": write.id, **write.values(*names), "lines": lines}
        yield Meant("requisition.submit", said, write.changed, write.values("occurred_at").get("occurred_at"))
    elif write.edited and write.values("status") == {"status": Requisition.Status.CANCELLED}:
        at = write.values("ended_at").get("ended_at")
        yield Meant("requisition.cancel", {"requisition_id": write.id}, frozenset({"status"}), at)


OPERATIONS = {
    "requisition.submit": Operation(SubmitRequisitionInput, services.submit_requisition),
    "requisition.cancel": Operation(RequisitionOperation, services.cancel_requisition, (prepare_papers,)),
}
DOCUMENTS = {
    "requisitions": Document(
        load=load_requisitions,
        followers=requisition_followers,
        render=render_requisition,
        meaning=requisition_meaning,
        computed=frozenset({"ended_at"}),
    )
}
