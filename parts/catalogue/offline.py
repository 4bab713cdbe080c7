"""The catalogue on phones: everybody who works here carries it, and may add to it without signal."""

from collections.abc import Collection, Iterable, Iterator
from typing import Any
from uuid import UUID

from parts.catalogue import services
from parts.catalogue.models import Part
from parts.catalogue.serializers import ProvisionalPartInput
from sync.registry import Document, Meant, Operation, Schema, Write
from sync.repeats import look_for
from sync.schemas import fields_called


def load_parts(ids: Collection[UUID]) -> Iterable[Part]:
    return Part.objects.filter(pk__in=ids)


def part_followers(part: Part) -> Iterable[str]:
    return ["catalogue"]


def render_part(part: Part, audience: str) -> dict[str, Any]:
    return {
        "number": part.number,
        "name": part.name,
        "name_zh": part.name_zh,
        "model": part.model,
        "unit": part.unit,
        "tracking": part.tracking,
        "status": part.status,
        "superseded_by_id": part.superseded_by_id,
        "merged_at": part.merged_at,
        "price": None if part.price is None else str(part.price),
        "currency": part.currency,
    }


def part_meaning(write: Write) -> Iterator[Meant]:
    """A part that somebody found and the catalogue does not know. All else is for those who keep the catalogue."""
    if write.inserted:
        yield Meant("part.provisional", {"id": write.id, **write.values("model", "name", "unit")}, write.changed)


OPERATIONS = {"part.provisional": Operation(ProvisionalPartInput, services.provisional_part, (look_for(Part),))}
DOCUMENTS = {"parts": Document(load=load_parts, followers=part_followers, render=render_part, meaning=part_meaning)}
SCHEMAS = {2: Schema(documents={"parts": fields_called(superseded_by_id="superseded_by")})}  # as it is written, too
