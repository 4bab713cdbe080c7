"""Reads of installations."""

from django.db.models import QuerySet

from sync.rows import with_related
from tickets.installations.models import Installation


def with_shown(installations: QuerySet[Installation]) -> QuerySet[Installation]:
    """With all that their output shows of other tables, in one query."""
    ticket = ("reference", "territory", "site", "asset", "archived")
    return with_related(installations, ticket=ticket, decided_by=("name",))
