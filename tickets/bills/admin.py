"""Bills, payments and refunds in the admin site, to look at: commands own them."""

from django.contrib import admin
from unfold.admin import ModelAdmin, TabularInline

from tickets.bills.models import Bill, BillLine
from tickets.clock.admin import ReadOnlyMixin
from tickets.payments.models import CashHandIn, Payment, PaymentLink
from tickets.refunds.models import Refund, Repayment


class LineInline(ReadOnlyMixin, TabularInline):  # type: ignore[misc]
    model = BillLine
    extra = 0


@admin.register(Bill)
class BillAdmin(ReadOnlyMixin, ModelAdmin):  # type: ignore[misc]
    list_display = ["number", "kind", "ticket", "total", "currency", "outstanding", "due_on"]
    list_filter = ["kind"]
    list_select_related = ["ticket"]
    search_fields = ["number", "ticket__reference"]
    inlines = [LineInline]


@admin.register(Payment)
class PaymentAdmin(ReadOnlyMixin, ModelAdmin):  # type: ignore[misc]
    list_display = ["ticket", "method", "amount", "currency", "receipt_number", "taken_by", "occurred_at"]
    list_filter = ["method"]
    list_select_related = ["ticket", "taken_by"]
    search_fields = ["receipt_number", "ticket__reference"]


@admin.register(CashHandIn)
class CashHandInAdmin(ReadOnlyMixin, ModelAdmin):  # type: ignore[misc]
    list_display = ["technician", "received_by", "expected", "counted", "currency", "received_at"]
    list_select_related = ["technician", "received_by"]


@admin.register(PaymentLink)
class PaymentLinkAdmin(ReadOnlyMixin, ModelAdmin):  # type: ignore[misc]
    list_display = ["ticket", "amount", "currency", "status", "attempts", "last_error"]
    list_filter = ["status"]
    list_select_related = ["ticket"]


class RepaymentInline(ReadOnlyMixin, TabularInline):  # type: ignore[misc]
    model = Repayment
    extra = 0


@admin.register(Refund)
class RefundAdmin(ReadOnlyMixin, ModelAdmin):  # type: ignore[misc]
    list_display = ["ticket", "kind", "status", "refund", "compensation", "currency", "requested_by", "decided_by"]
    list_filter = ["kind", "status"]
    list_select_related = ["ticket", "requested_by", "decided_by"]
    inlines = [RepaymentInline]
