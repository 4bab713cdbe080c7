"""What need not be remembered for ever: see `docs/sync.md`, "How long things are remembered"."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import LiteralString

from django.db import transaction

from fieldsvc.time import now
from sync import registry
from sync.sql import execute

BATCH = 1_000
"""Rows removed in one transaction, so that nobody waits long behind it."""

Progress = Callable[[str, int], None]
"""Hears of each batch: of what, and how many so far."""


def forget_tombstones_from() -> datetime:
    """Tombstones from before this moment are no longer told; phones that last pulled before it start over."""
    return now() - timedelta(days=registry.number("TOMBSTONE_DAYS"))


def forget_receipts_from() -> datetime:
    """Receipts from before this moment are gone, so what has happened before it can no longer be told from a repeat."""
    return now() - timedelta(days=registry.number("RECEIPT_DAYS"))


def count() -> dict[str, int]:
    """What `prune` would remove now."""
    tombstones = execute(
        "SELECT count(*) FROM sync_feedentry WHERE deleted AND changed_at < %s", [forget_tombstones_from()]
    )
    receipts = execute(
        "SELECT count(*) FROM sync_receipt WHERE received_at < %s AND status <> 'blocked'", [forget_receipts_from()]
    )
    return {"tombstones": tombstones[0][0], "receipts": receipts[0][0]}


def prune(progress: Progress | None = None) -> dict[str, int]:
    """Remove old tombstones and receipts, batch by batch; returns how many. Safe beside pulls, pushes and itself."""
    return {
        "tombstones": _in_batches("tombstones", _prune_tombstones, forget_tombstones_from(), progress),
        "receipts": _in_batches("receipts", _prune_receipts, forget_receipts_from(), progress),
    }


def _in_batches(what: str, remove: Callable[[datetime], int], before: datetime, progress: Progress | None) -> int:
    removed = 0
    while found := remove(before):
        removed += found
        if progress:
            progress(what, removed)
    return removed


OLD_TOMBSTONES: LiteralString = (
    "SELECT scope_id, collection, doc_id FROM sync_feedentry "
    "WHERE scope_id = %s AND deleted AND changed_at < %s ORDER BY seq LIMIT %s"
)


def _prune_tombstones(before: datetime) -> int:
    """One batch of one scope.

    The scope is locked first, as by those who write entries; what it says of itself changes in the same transaction,
    so that a pull sees either the tombstones or that they are missing.
    """
    while scope := execute(
        "SELECT scope_id FROM sync_feedentry WHERE deleted AND changed_at < %s ORDER BY changed_at LIMIT 1", [before]
    ):
        with transaction.atomic():
            execute("SELECT FROM sync_feedscope WHERE id = %s FOR UPDATE", scope[0])
            removed = execute(
                "DELETE FROM sync_feedentry WHERE (scope_id, collection, doc_id) IN ("
                + OLD_TOMBSTONES
                + ") RETURNING seq",
                [*scope[0], before, BATCH],
            )
            if removed:
                execute(
                    "UPDATE sync_feedscope SET pruned_seq = greatest(pruned_seq, %s) WHERE id = %s",
                    [max(seq for (seq,) in removed), *scope[0]],
                )
                return len(removed)
    return 0


def _prune_receipts(before: datetime) -> int:
    """One batch. Operations that still wait for another one are kept."""
    removed = execute(
        "DELETE FROM sync_receipt WHERE id IN (SELECT id FROM sync_receipt "
        "WHERE received_at < %s AND status <> 'blocked' ORDER BY received_at LIMIT %s FOR UPDATE SKIP LOCKED) "
        "RETURNING 1",
        [before, BATCH],
    )
    return len(removed)
