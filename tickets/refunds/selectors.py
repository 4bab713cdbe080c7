"""Reads of refunds for lists, and for their customers."""

from django.db.models import QuerySet

from tickets.refunds.models import Refund, Repayment


def with_shown(refunds: QuerySet[Refund]) -> QuerySet[Refund]:
    """With their tickets and repayments, in two queries."""
    return refunds.select_related("ticket").prefetch_related("repayments")


def repayments_with_shown(repayments: QuerySet[Repayment]) -> QuerySet[Repayment]:
    """With their refunds and tickets, in one query."""
    return repayments.select_related("refund__ticket")


def decided(refunds: QuerySet[Refund]) -> QuerySet[Refund]:
    """Those that the customer gets, or has got."""
    return refunds.filter(status__in=(Refund.Status.APPROVED, Refund.Status.PAID))
