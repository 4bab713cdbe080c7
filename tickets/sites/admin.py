"""Sites, accounts and equipment in the admin: to look at. The desk changes them through the API."""

from django.contrib import admin

from sync.admin import ReadOnlyAdmin
from tickets.sites.models import Asset, ServiceAccount, Site


@admin.register(Site)
class SiteAdmin(ReadOnlyAdmin):
    list_display = ("complex", "address", "name", "territory")
    list_filter = ("territory",)
    list_select_related = ("territory",)
    search_fields = ("name", "complex", "address")


@admin.register(ServiceAccount)
class ServiceAccountAdmin(ReadOnlyAdmin):
    list_display = ("number", "site", "holder", "holder_name", "phone", "contract_until")
    list_select_related = ("site", "holder")
    search_fields = ("number", "holder_name")
    told = ("phone",)


@admin.register(Asset)
class AssetAdmin(ReadOnlyAdmin):
    list_display = ("kind", "model", "serial", "site", "installed_on")
    list_select_related = ("site",)
    search_fields = ("kind", "model", "serial")
