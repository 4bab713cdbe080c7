"""From a transfer's id to one that this person may see, send or receive."""

from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.people.access import require_role
from accounts.people.models import Role, User
from fieldsvc.errors import Forbidden, NotFound, must_exist
from parts.locations.access import READERS, location_to_use, visible_locations
from parts.transfers.models import Transfer
from sync.commands import Actor
from sync.rows import locked


def visible_transfers(user: User) -> QuerySet[Transfer]:
    """Those from or to a place that this person sees; a draft is nothing yet for whoever only drives a van."""
    places = visible_locations(user)
    transfers = Transfer.objects.filter(Q(from_location__in=places) | Q(to_location__in=places))
    return transfers if user.has_role(*READERS) else transfers.exclude(status=Transfer.Status.DRAFT)


def transfer_to_see(actor: Actor, transfer_id: UUID) -> Transfer:
    """Raises NotFound unless this person may see it."""
    visible = Transfer.objects.all() if actor.user is None else visible_transfers(actor.user)
    return must_exist(visible.filter(pk=transfer_id).select_related("from_location").first())


def transfer_to_pick(actor: Actor, transfer_id: UUID) -> Transfer:
    """For storekeepers of the place that sends. Raises NotFound, or Forbidden("role_required")."""
    transfer = transfer_to_see(actor, transfer_id)
    require_role(actor, Role.STOREKEEPER, territory_id=transfer.from_location.territory_id)
    return transfer


def transfer_to_send(actor: Actor, transfer_id: UUID) -> Transfer:
    """The same, locked."""
    transfer_to_pick(actor, transfer_id)
    return _locked(transfer_id)


def transfer_to_receive(actor: Actor, transfer_id: UUID) -> tuple[Transfer, tuple[str, ...]]:
    """Locked, for whoever keeps the place that receives, and what is odd about that: see `location_to_use`.

    Raises NotFound, or Forbidden("not_your_stock") for those who may only see it.
    """
    place = must_exist(Transfer.objects.filter(pk=transfer_id).values_list("to_location_id", flat=True).first())
    try:
        _, flags = location_to_use(actor, place)
    except NotFound:
        transfer_to_see(actor, transfer_id)  # from the place that sends
        raise Forbidden("not_your_stock", "Whoever keeps the place that receives it has to say so.") from None
    return _locked(transfer_id), flags


def _locked(transfer_id: UUID) -> Transfer:
    shown = Transfer.objects.select_related("from_location", "in_transit", "to_location", "requisition")
    return locked(shown.filter(pk=transfer_id)).get()
