"""Reads of operations: what a blocked one waits for in the end."""

from typing import Any

from sync.operations.models import Receipt
from sync.sql import execute

DEEPEST = 100
"""Causes that are told; a phone may make longer chains, and even rings."""


def causes(receipt: Receipt) -> list[dict[str, Any]]:
    """What a blocked operation waits for, what that waits for, and so on to the first cause, nearest first.

    One that has never arrived has no `kind` and no `status`; a refused one says by its `code` why.
    """
    if receipt.blocked_by is None:
        return []
    rows = execute(
        "WITH RECURSIVE cause AS (SELECT %s::uuid AS operation_id, 1 AS depth UNION ALL "
        "SELECT receipt.blocked_by, depth + 1 FROM cause JOIN sync_receipt receipt "
        "ON receipt.user_id = %s AND receipt.operation_id = cause.operation_id "
        "WHERE receipt.blocked_by IS NOT NULL AND depth < %s) "
        "SELECT cause.operation_id, receipt.kind, receipt.status, receipt.answer->>'code' "
        "FROM cause LEFT JOIN sync_receipt receipt "
        "ON receipt.user_id = %s AND receipt.operation_id = cause.operation_id ORDER BY depth",
        [receipt.blocked_by, receipt.user_id, DEEPEST, receipt.user_id],
    )
    found: dict[Any, dict[str, Any]] = {}
    for operation_id, kind, status, code in rows:
        found.setdefault(operation_id, {"operation_id": operation_id, "kind": kind, "status": status, "code": code})
    return list(found.values())
