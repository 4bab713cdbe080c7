"""Commands on conflicts."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from django.db import InterfaceError, OperationalError

from fieldsvc import errors
from sync import registry
from sync.commands import Actor, command, running
from sync.conflicts import access
from sync.conflicts.compare import plain, same
from sync.conflicts.models import Conflict, FieldAuthor

log = structlog.get_logger(__name__)

UNSAID = object()
"""Nobody said that they had seen another value than the conflict shows."""


@command
def open_conflict(
    *,
    actor: Actor,
    occurred_at: datetime,
    kind: str,
    collection: str,
    doc_id: UUID,
    scopes: Collection[str],
    field: str = "",
    base: Any = None,
    server_value: Any = None,
    device_value: Any = None,
    detail: str = "",
) -> Conflict:
    """What the device wrote is not what the server has: keep it, and put it before those who follow the document."""
    author = FieldAuthor.objects.filter(collection=collection, doc_id=doc_id, field=field.partition(".")[0]).first()
    conflict = Conflict.objects.create(
        kind=kind,
        collection=collection,
        doc_id=doc_id,
        field=field,
        detail=detail,
        base=base,
        server_value=server_value,
        server_by=author.user if author else None,
        server_at=author.occurred_at if author else None,
        device_value=device_value,
        device_by=actor.user,
        device_id=actor.device_id,
        operation_id=actor.operation_id,
        captured=actor.operation.captured if actor.operation else None,
        flags=list(actor.flags),
        occurred_at=occurred_at,
        received_at=actor.received_at,
        scopes=sorted({*scopes, f"person:{actor.user.pk}"} if actor.user else set(scopes)),
    )
    running().conflicts.append(conflict.pk)
    return conflict


@command
def resolve_conflict(
    *, actor: Actor, occurred_at: datetime, conflict_id: UUID, keep: str, value: Any = None, base: Any = UNSAID
) -> Conflict:
    """Settle it: the server's value stays, the device's is written after all, or another one is.

    `base` is the server's value that was decided against, if it is not the one that the conflict shows. If it is not
    what stands now, nobody has decided against that: Conflict("changed_meanwhile") says what it is.

    Saying the same again is fine. Raises Conflict("conflict_already_resolved") if it was resolved otherwise,
    Conflict("not_resolved_by_value") where no value can be written, and what writing the value raises.
    """
    conflict = access.conflict_to_resolve(actor, conflict_id)
    chosen = {"server": conflict.server_value, "device": conflict.device_value, "edit": value}[keep]
    if conflict.status == Conflict.Status.RESOLVED:
        if conflict.keep == keep and (keep != Conflict.Keep.EDIT or same(conflict.resolved_value, chosen)):
            return conflict
        raise errors.Conflict(
            "conflict_already_resolved",
            "Somebody has resolved this already.",
            keep=conflict.keep,
            by=conflict.resolved_by_id,
        )
    if keep != Conflict.Keep.SERVER:
        decided_against = conflict.server_value if base is UNSAID else base
        chosen = _write(conflict, chosen, decided_against, actor=actor, occurred_at=occurred_at)
    conflict.status = Conflict.Status.RESOLVED
    conflict.keep = keep
    conflict.resolved_value = chosen
    conflict.resolved_by = actor.user
    conflict.resolved_at = occurred_at
    conflict.save(update_fields=["status", "keep", "resolved_value", "resolved_by", "resolved_at"])
    return conflict


def resolve_conflicts(
    *, actor: Actor, occurred_at: datetime, conflict_ids: Iterable[UUID], keep: str
) -> list[dict[str, Any]]:
    """Resolve many in the same way, and answer each: each is a command of its own, so one that fails stops no other.

    They are decided on as they show themselves: whoever has seen a newer value since resolves that one by itself.
    """
    return [_outcome(actor, occurred_at, conflict_id, keep) for conflict_id in dict.fromkeys(conflict_ids)]


def _outcome(actor: Actor, occurred_at: datetime, conflict_id: UUID, keep: str) -> dict[str, Any]:
    """`resolved`; `refused`, with what is wrong; or `retry`, for a fault of ours, and nothing of it has happened."""
    outcome: dict[str, Any] = {"id": conflict_id}
    try:
        resolve_conflict(actor=actor, occurred_at=occurred_at, conflict_id=conflict_id, keep=keep)
    except (OperationalError, InterfaceError):
        raise  # the database is in trouble; what was resolved before is resolved
    except Exception as error:
        refusal = errors.as_domain_error(error)
        if refusal is None:
            log.exception("conflict_not_resolved", conflict=str(conflict_id))
            return {**outcome, "status": "retry", "code": "internal_error", "detail": errors.OUR_FAULT}
        return {**outcome, "status": "refused", "code": refusal.code, "detail": refusal.detail, **refusal.extra}
    return {**outcome, "status": str(Conflict.Status.RESOLVED)}


def _write(conflict: Conflict, chosen: Any, base: Any, *, actor: Actor, occurred_at: datetime) -> Any:
    """Let the document have the chosen value, and return what stands there then: a field, a key of one, or work."""
    resolve = registry.documents()[conflict.collection].resolve
    if resolve is None or not registry.exists(conflict.collection, conflict.doc_id):
        raise errors.Conflict(
            "not_resolved_by_value",
            "Keep the server's; what is to be otherwise, change by the document's own commands.",
        )
    field, _, key = conflict.field.partition(".")
    if not field and not isinstance(chosen, dict):
        raise errors.Invalid("value_not_valid", "This is about several fields: give them by name.", field="value")

    def as_changes(value: Any) -> Any:
        return {field: {key: value} if key else value} if field else value

    row = resolve(
        actor=replace(actor, operation=None),  # a decision of now, also when it is taken on a phone
        occurred_at=occurred_at,
        conflict=conflict,
        changes=as_changes(chosen),
        base=as_changes(base),
    )
    if not field:
        return chosen
    value = plain(getattr(row, field))
    return value.get(key) if key else value
