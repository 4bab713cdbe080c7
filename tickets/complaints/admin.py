"""Tickets in the admin: to look at. Commands own the data."""

from django.contrib import admin

from sync.admin import ReadOnlyAdmin
from tickets.complaints.models import Note, Rating, Ticket, TicketEvent


@admin.register(Ticket)
class TicketAdmin(ReadOnlyAdmin):
    list_display = ("reference", "title", "status", "priority", "territory", "reported_at", "flags")
    list_filter = ("status", "priority", "source", "territory", "service_type")
    list_select_related = ("territory",)
    search_fields = ("reference", "contact_name", "complex", "address")
    told = ("title", "details", "contact_phone", "access_notes", "search_text")
    date_hierarchy = "reported_at"


@admin.register(TicketEvent)
class TicketEventAdmin(ReadOnlyAdmin):
    list_display = ("ticket", "kind", "public", "actor", "on_behalf_of", "occurred_at", "received_at")
    list_filter = ("kind", "public")
    list_select_related = ("ticket", "actor", "on_behalf_of")
    search_fields = ("ticket__reference",)
    told = ("data",)


@admin.register(Note)
class NoteAdmin(ReadOnlyAdmin):
    list_display = ("ticket", "kind", "internal", "author", "occurred_at", "flags")
    list_filter = ("kind", "internal")
    list_select_related = ("ticket", "author")
    search_fields = ("ticket__reference",)
    told = ("text",)


@admin.register(Rating)
class RatingAdmin(ReadOnlyAdmin):
    list_display = ("ticket", "score", "comment", "occurred_at")
    list_filter = ("score",)
    list_select_related = ("ticket",)
    search_fields = ("ticket__reference",)
