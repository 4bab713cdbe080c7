"""Commands on segments of networks, and on what hangs on them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Greatest, Lower

from accounts.models import Role
from accounts.people.access import require_role
from fieldsvc.errors import Conflict, Invalid
from sync.commands import Actor, command
from sync.ids import uuid7
from sync.repeats import id_taken
from sync.violations import violated_constraint
from tickets.segments import access
from tickets.segments.models import NetworkConnection, NetworkSegment
from tickets.service_types.models import ServiceType
from tickets.sites.access import active_territory
from tickets.sites.models import Site
from tickets.sites.services import tidy


@command
def add_segment(
    *,
    actor: Actor,
    occurred_at: datetime,
    territory_id: UUID,
    code: str,
    name: str,
    id: UUID | None = None,
    name_zh: str = "",
    service_types: Sequence[str] = (),
) -> NetworkSegment:
    """Enter a segment. Raises Invalid("service_type_unknown" | "territory_unknown"), Conflict("code_taken")."""
    require_role(actor, Role.ADMINISTRATOR, territory_id=territory_id)
    check_service_types(service_types)
    segment = NetworkSegment(
        pk=id or uuid7(),
        territory=active_territory(territory_id),
        code=code,
        name=name,
        name_zh=name_zh,
        service_types=list(service_types),
    )
    try:
        with transaction.atomic():
            segment.save(force_insert=True)
    except IntegrityError as error:
        match violated_constraint(error):
            case "one_network_segment_per_code":
                raise Conflict("code_taken", "There is one with this code already. Choose another code.") from error
            case "tickets_networksegment_pkey":
                raise id_taken() from error
        raise
    return segment


@command
def change_segment(*, actor: Actor, occurred_at: datetime, segment_id: UUID, **changes: Any) -> NetworkSegment:
    """Another name, other things that it carries, or out of use. What is out already stays as it is.

    Raises NotFound, Forbidden("role_required"), Invalid("service_type_unknown").
    """
    segment = access.segment_to_change(actor, segment_id)
    check_service_types(changes.get("service_types", ()))
    for name, value in changes.items():
        setattr(segment, name, value)
    segment.save(update_fields=sorted(changes))
    return segment


@command
def connect_sites(
    *, actor: Actor, occurred_at: datetime, segment_id: UUID, site_ids: Collection[UUID] = (), complex: str = ""
) -> NetworkSegment:
    """From now on these sites hang on it, or all that there are of a complex; those that do already, go on.

    Raises NotFound, Forbidden("role_required"), Invalid("sites_required"), Invalid("site_unknown") for what is not of
    its territory.
    """
    segment = access.segment_to_change(actor, segment_id)
    sites = _named(segment, site_ids, complex).order_by("pk")
    hanging = [NetworkConnection(segment=segment, site=site, since=occurred_at) for site in sites]
    NetworkConnection.objects.bulk_create(hanging, ignore_conflicts=True)
    return segment


@command
def disconnect_sites(
    *, actor: Actor, occurred_at: datetime, segment_id: UUID, site_ids: Collection[UUID] = (), complex: str = ""
) -> NetworkSegment:
    """From now on they hang on it no more; that they did stays on record. Raises as `connect_sites`."""
    segment = access.segment_to_change(actor, segment_id)
    _end(segment.connections.filter(site__in=_named(segment, site_ids, complex)), at=occurred_at)
    return segment


def leave_segments(site: Site, *, at: datetime) -> None:
    """The site goes to another territory, and so to other networks. Part of commands."""
    _end(site.connections.exclude(segment__territory=site.territory), at=at)


def check_service_types(codes: Collection[str]) -> None:
    """Raises Invalid("service_type_unknown")."""
    if unknown := set(codes) - set(ServiceType.objects.filter(code__in=codes).values_list("code", flat=True)):
        raise Invalid("service_type_unknown", f"There is no service type {min(unknown)}.", field="service_types")


def _end(connections: QuerySet[NetworkConnection], *, at: datetime) -> None:
    connections.filter(until=None).update(until=Greatest("since", at))


def _named(segment: NetworkSegment, site_ids: Collection[UUID], complex: str) -> QuerySet[Site]:
    if not site_ids and not tidy(complex):
        raise Invalid("sites_required", "Name the sites, or their complex.", field="site_ids")
    here = Site.objects.filter(territory=segment.territory_id)
    if here.filter(pk__in=site_ids).count() < len(set(site_ids)):
        raise Invalid("site_unknown", "Choose sites of the segment's territory.", field="site_ids")
    of_complex = here.annotate(plain_complex=Lower("complex")).filter(plain_complex=tidy(complex).lower())
    if tidy(complex) and not of_complex.exists():
        raise Invalid("site_unknown", "There is no site in a complex of this name.", field="complex")
    wanted = Q(pk__in=site_ids)
    return here.filter(wanted | Q(pk__in=of_complex.values("pk")) if tidy(complex) else wanted)
