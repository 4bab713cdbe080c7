"""Allocations on phones, as long as they hold: with whoever's visit it is, and with whoever keeps the place."""

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from parts.allocations.models import Allocation
from parts.quantities import plain
from sync.registry import Document


def load_allocations(ids: Collection[UUID]) -> Iterable[Allocation]:
    return Allocation.objects.filter(pk__in=ids).select_related("location")


def allocation_followers(allocation: Allocation) -> Iterable[str]:
    if allocation.ended_at:
        return []
    return {*allocation.location.followers(), f"technician:{allocation.technician_id}"}


def render_allocation(allocation: Allocation, audience: str) -> dict[str, Any]:
    return {
        "location_id": allocation.location_id,
        "part_id": allocation.part_id,
        "visit_id": allocation.visit_id,
        "ticket_id": allocation.ticket_id,
        "quantity": plain(allocation.remaining),
        "made_at": allocation.made_at,
    }


DOCUMENTS = {"allocations": Document(load=load_allocations, followers=allocation_followers, render=render_allocation)}
