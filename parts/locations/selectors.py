"""Reads of locations."""

from django.db.models import Q

from accounts.people.access import territories
from accounts.people.models import Role, User
from parts.locations.models import Location
from sync import work


def van_of(user: User) -> Location | None:
    """The van that this technician drives now."""
    return Location.objects.filter(keeper=user, kind=Location.Kind.VAN, is_active=True).first()


def van_to_book(user: User) -> Location | None:
    """The same, asked once. Part of commands."""
    van = work.remembered(("van", user.pk), lambda: van_of(user))
    if van is not None:
        work.remember(("location", van.pk), van)
    return van


def open_depot_scopes(user: User) -> list[str]:
    """The scopes of the feed for the depots of a storekeeper's territories, and for those that serve all of them."""
    places = territories(user, Role.STOREKEEPER)
    if places is not None and not places:
        return []
    depots = Location.objects.filter(kind__in=Location.DEPOTS, is_active=True)
    if places is not None:
        depots = depots.filter(Q(territory__in=places) | Q(territory=None))
    return [f"depot:{depot_id}" for depot_id in depots.order_by("pk").values_list("pk", flat=True)]
