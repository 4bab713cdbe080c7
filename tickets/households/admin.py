"""What happened to accounts, to look at."""

from django.contrib import admin

from sync.admin import ReadOnlyAdmin
from tickets.households.models import AccountEvent, AccountOffer


@admin.register(AccountEvent)
class AccountEventAdmin(ReadOnlyAdmin):
    list_display = ("account", "kind", "person", "actor", "occurred_at")
    list_filter = ("kind",)
    list_select_related = ("account", "person", "actor")
    search_fields = ("account__number",)
    told = ("data",)


@admin.register(AccountOffer)
class AccountOfferAdmin(ReadOnlyAdmin):
    list_display = ("account", "offered_by", "phone", "status", "offered_at")
    list_filter = ("status",)
    list_select_related = ("account", "offered_by")
    search_fields = ("account__number",)
    told = ("phone",)
