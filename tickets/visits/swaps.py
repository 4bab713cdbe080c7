"""Old for new at a piece of equipment: which unit went, which one came, who did it, when, at which visit.

Swaps are facts and stay as they were told. Serials are unique, though: one unit is fitted in one place, and is taken
out of it once. Of two claims to the same unit the first by corrected time stands, whichever we heard of first; the
other one yields, and a dispatcher decides between the two stories. The equipment's record shows, for each of its
components, the serial of the newest swap that stands.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.people.access import require_role
from fieldsvc.errors import Conflict, Invalid
from parts.stock.models import Condition
from sync import work
from sync.commands import Actor, command, running
from sync.conflicts.models import Conflict as ConflictRow
from sync.conflicts.services import open_conflict
from sync.feed.selectors import was_shown
from sync.ids import uuid7
from sync.repeats import made_before
from sync.rows import locked
from sync.sql import execute
from tickets.sites.models import Asset
from tickets.visits import access, telling
from tickets.visits.facts import flags_of_fact
from tickets.visits.models import Swap, Visit
from tickets.visits.serializers import DecidedSwapInput
from tickets.visits.services import return_part, use_part

ONE = Decimal(1)


@command
def swap_part(
    *,
    actor: Actor,
    occurred_at: datetime,
    visit_id: UUID,
    asset_id: UUID,
    part_id: UUID,
    installed_serial: str,
    removed_serial: str = "",
    component: str = "",
    id: UUID | None = None,
    removed_part_id: UUID | None = None,
    condition: str = Condition.FAULTY,
    location_id: UUID | None = None,
) -> Swap:
    """A unit was taken out of a piece of equipment and another one put in its place, from the van.

    The old one comes along into the van, faulty unless said otherwise, as the same part unless `removed_part_id` names
    another. `component` names what of the equipment it was; without it, it was all of it. What the record had otherwise
    is flagged `serial_unexpected`.

    Raises Invalid("asset_unknown" | "same_serial"), Conflict("id_taken"), online Conflict("swap_disputed") with the
    other claim, and what `use_part` and `return_part` raise.
    """
    visit = access.own_visit_to_change(actor, visit_id)
    before = made_before(Swap, id, visit_id=visit_id, asset_id=asset_id, installed_serial=installed_serial)
    if before is not None:
        return before
    if installed_serial == removed_serial:
        raise Invalid("same_serial", "Read both serials: the new unit is another than the old one.", field="serial")
    _one_at_a_time([(part_id, installed_serial)])
    asset = _asset_at(visit, asset_id, actor)
    booked: dict[str, Any] = {"actor": actor, "occurred_at": occurred_at, "visit_id": visit_id, "quantity": ONE}
    booked["location_id"] = location_id
    fitted = use_part(part_id=part_id, serial=installed_serial, removed_serial=removed_serial, **booked)
    taken = return_part(part_id=removed_part_id or part_id, serial=removed_serial, condition=condition, **booked)
    flags = flags_of_fact(visit, actor, occurred_at)
    if removed_serial and asset.serial_of(component) not in ("", removed_serial):
        flags.append("serial_unexpected")
    if not component and _on_record_elsewhere(asset, installed_serial):
        flags.append("serial_clash")
    swap = Swap(
        pk=id or uuid7(),
        visit=visit,
        asset=asset,
        component=component,
        part=fitted.part,
        removed_serial=removed_serial,
        installed_serial=installed_serial,
        fitted=fitted,
        taken=taken,
        occurred_at=occurred_at,
        received_at=actor.received_at,
        flags=flags,
    )
    rival = _rival_of(swap)
    if rival is not None and not actor.offline:
        raise Conflict("swap_disputed", "Somebody has told the same of this unit. Read it again.", other=_story(rival))
    swap.yields = rival is not None and rival.order < swap.order
    work.insert(swap)
    if rival is not None:
        _dispute(*((rival, swap) if swap.yields else (swap, rival)), actor=actor)
    _show(swap.asset, swap.component)
    return swap


def prepare_equipment(actor: Actor, inputs: Sequence[Mapping[str, Any]]) -> None:
    """Lock what many swaps of one push claim: the units, the equipment, and where else the same was claimed."""
    claims = {(data["part_id"], data["installed_serial"]) for data in inputs}
    _one_at_a_time(claims)
    rivals = Swap.objects.filter(yields=False, part__in={part for part, _ in claims})
    elsewhere = rivals.filter(installed_serial__in={serial for _, serial in claims}).order_by().values("asset")
    named = Asset.objects.filter(pk__in={data["asset_id"] for data in inputs}).order_by().values("pk")
    list(Asset.objects.filter(pk__in=named.union(elsewhere)).select_for_update(no_key=True).order_by("pk"))


def _one_at_a_time(claims: Iterable[tuple[UUID, str]]) -> None:
    """Until the commit nobody else makes a claim to these units."""
    execute(
        "SELECT pg_advisory_xact_lock(hashtextextended(claim, 0)) "
        "FROM (SELECT unnest(%b::text[]) AS claim ORDER BY 1) AS claims",
        [[f"tickets.swap:{part_id}:{serial}" for part_id, serial in claims]],
    )


def _asset_at(visit: Visit, asset_id: UUID, actor: Actor) -> Asset:
    """The equipment, locked, if it is what the ticket is about or stands at its site.

    What was moved elsewhere while a phone had no signal is known by the phone's having had it.
    """
    asset = locked(Asset.objects.select_related("site").filter(pk=asset_id)).first()
    ticket = visit.ticket
    here = asset is not None and (asset.pk == ticket.asset_id or asset.site_id == ticket.site_id)
    if asset is None or not (here or (actor.offline and was_shown(actor.user, "assets", asset_id))):
        raise Invalid("asset_unknown", "Choose equipment that stands there.", field="asset_id")
    return asset


def _rival_of(swap: Swap) -> Swap | None:
    """Another claim that stands and cannot be true beside this one, the first of them by time."""
    same_unit = Q(part=swap.part, installed_serial=swap.installed_serial)
    same_place = Q(asset=swap.asset, component=swap.component, removed_serial=swap.removed_serial)
    claims = same_unit | same_place if swap.removed_serial else same_unit
    for other in _standing(claims).exclude(pk=swap.pk):
        earlier, later = sorted((swap, other), key=lambda one: one.order)
        if (other.part_id, other.installed_serial) == (swap.part_id, swap.installed_serial):
            # Fitted twice: in between it must have been taken out of where it was first.
            undone = Q(asset=earlier.asset, component=earlier.component, removed_serial=swap.installed_serial)
        else:
            # Taken out twice: in between it must have been put back.
            undone = Q(asset=swap.asset, component=swap.component, installed_serial=swap.removed_serial)
        between = Q(occurred_at__gte=earlier.occurred_at, occurred_at__lte=later.occurred_at)
        if not _standing(undone & between).exclude(pk__in=(swap.pk, other.pk)).exists():
            return other
    return None


def _standing(condition: Q) -> QuerySet[Swap]:
    swaps = Swap.objects.filter(condition, yields=False).order_by("occurred_at", "id")
    return swaps.select_related("asset__site", "part", "visit__technician", "visit__ticket")


def _dispute(winner: Swap, loser: Swap, *, actor: Actor) -> None:
    """Put both stories before the dispatchers of the place of the one that yields."""
    if not loser.yields:
        loser.yields = True
        loser.save(update_fields=["yields"])
        _show(loser.asset, loser.component)
    technician, site = loser.visit.technician, loser.asset.site
    mine = technician == actor.user
    ours = _story(winner)
    if winner.asset.site.territory_id != site.territory_id:
        ours = {name: ours[name] for name in ("occurred_at", "installed_serial")}  # where, is not theirs to know
    detail = f"{technician.name} and somebody before have told of the same unit. Decide where it is."
    conflict = open_conflict(
        actor=actor if mine else replace(actor, user=technician, device_id=None, operation=None),
        occurred_at=loser.occurred_at,
        kind=ConflictRow.Kind.UNIQUE,
        collection="assets",
        doc_id=loser.asset_id,
        server_value=ours,
        device_value=_story(loser),
        scopes=[f"desk:{site.territory_id}"],
        detail=detail,
    )
    if not mine:
        running().conflicts.remove(conflict.pk)  # the phone that pushes has won, and need not wait for anything
    telling.tell_dispatchers_to_decide(
        conflict.pk,
        actor=actor,
        ticket=loser.visit.ticket,
        territory_id=site.territory_id,
        detail=detail,
        detail_zh=f"{technician.name} 与另一人登记了同一件设备，请裁定。",
    )


def _story(swap: Swap) -> dict[str, Any]:
    """Who put what where, and when."""
    return {
        "swap_id": str(swap.pk),
        "asset_id": str(swap.asset_id),
        "component": swap.component,
        "removed_serial": swap.removed_serial,
        "installed_serial": swap.installed_serial,
        "technician": swap.visit.technician.name,
        "ticket": swap.visit.ticket.reference,
        "occurred_at": swap.occurred_at.isoformat(),
    }


def _show(asset: Asset, component: str) -> None:
    """Let the record have the serial that the swaps which stand have left there.

    Where none stands any more, it is again the one that the first of them had taken out. A serial that another piece of
    equipment of this model has on record is not written twice: then nobody knows what is here.
    """
    swaps = Swap.objects.filter(asset=asset, component=component).order_by("occurred_at", "id")
    newest, first = swaps.filter(yields=False).last(), swaps.first()
    if newest is None and first is None:
        return
    asset = Asset.objects.select_for_update().get(pk=asset.pk)
    asset.put(component, newest.installed_serial if newest else first.removed_serial if first else "")
    if _on_record_elsewhere(asset, asset.serial):
        asset.serial = ""
    asset.save(update_fields=["serial", "components"])


def _on_record_elsewhere(asset: Asset, serial: str) -> bool:
    """Whether another piece of equipment of this model has this serial on record."""
    return bool(serial) and Asset.objects.filter(model=asset.model, serial=serial).exclude(pk=asset.pk).exists()


# What a dispatcher decides


def conflict_scopes(ids: Collection[UUID]) -> Mapping[UUID, Collection[str]]:
    """The desk of each piece of equipment: what happened elsewhere is not for its technicians to know."""
    rows = Asset.objects.filter(pk__in=ids).values_list("pk", "site__territory")
    return {asset_id: [f"desk:{territory_id}"] for asset_id, territory_id in rows}


def may_resolve_asset(*, actor: Actor, conflict: ConflictRow) -> None:
    """Dispatchers of its place, either way. Locks the equipment."""
    asset = locked(Asset.objects.select_related("site").filter(pk=conflict.doc_id)).get()
    require_role(actor, *access.DISPATCHERS, territory_id=asset.site.territory_id)


@command
def resolve_asset(
    *, actor: Actor, occurred_at: datetime, conflict: ConflictRow, changes: dict[str, Any], base: dict[str, Any]
) -> Asset:
    """The claim that had yielded stands after all, and whatever cannot be true beside it yields.

    With another `installed_serial`, no claim is right: that serial is what stands there. Raises Forbidden
    ("role_required") where the other claim is another desk's to undo.
    """
    form = DecidedSwapInput(data=changes)
    form.is_valid(raise_exception=True)
    told = conflict.device_value or {}
    swap = Swap.objects.select_related("asset__site", "part", "visit").get(pk=told["swap_id"])
    if form.validated_data["installed_serial"] != swap.installed_serial:
        swap.asset.put(swap.component, form.validated_data["installed_serial"])
        swap.asset.save(update_fields=["serial", "components"])
        return swap.asset
    _one_at_a_time([(swap.part_id, swap.installed_serial)])
    swap.yields = False
    for other in _rivals_of(swap):
        require_role(actor, *access.DISPATCHERS, territory_id=other.asset.site.territory_id)
        other.yields = True
        other.save(update_fields=["yields"])
        _show(other.asset, other.component)
    swap.save(update_fields=["yields"])
    _show(swap.asset, swap.component)
    return Asset.objects.get(pk=swap.asset_id)


def _rivals_of(swap: Swap) -> Iterable[Swap]:
    while (rival := _rival_of(swap)) is not None:
        yield rival
