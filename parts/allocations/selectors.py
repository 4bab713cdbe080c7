"""Reads of allocations."""

from django.db.models import QuerySet

from accounts.people.models import User
from parts.allocations import access
from parts.allocations.models import Allocation


def allocations_for_lists(user: User) -> QuerySet[Allocation]:
    """What this person sees, with all that its output shows."""
    return access.visible_allocations(user).select_related("location", "part")
