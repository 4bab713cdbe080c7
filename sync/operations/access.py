"""From an operation's id to its receipt, for whoever may see or release it."""

from uuid import UUID

from django.db.models import QuerySet

from fieldsvc.errors import must_exist
from sync.commands import Actor
from sync.devices.access import visible_devices
from sync.operations.models import Receipt


def visible_receipts(actor: Actor) -> QuerySet[Receipt]:
    """Those of one's own devices, and of the devices of people whom one looks after."""
    return Receipt.objects.filter(device__in=visible_devices(actor))


def receipt_to_see(actor: Actor, operation_id: UUID) -> Receipt:
    """Raises NotFound."""
    return must_exist(visible_receipts(actor).filter(operation_id=operation_id).select_related("user").first())


def receipt_to_release(actor: Actor, operation_id: UUID) -> Receipt:
    """Locked. Raises NotFound."""
    seen = receipt_to_see(actor, operation_id)
    return Receipt.objects.select_related("user").select_for_update(of=("self",)).get(pk=seen.pk)
