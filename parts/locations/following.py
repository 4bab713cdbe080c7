"""Who follows what is about a place: its keeper, or its depot; and, beside it, the depots of its territory."""

from collections.abc import Iterable
from typing import TypedDict
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q

from parts.locations.models import Location


class Depots(TypedDict):
    """What is fetched along with each row."""

    depots: list[UUID]


def depots_beside(*places: str) -> ArraySubquery:
    """An annotation `depots` for rows with these foreign keys to places: the depots of the places' territories."""
    near = Q()
    for place in places:
        near |= Q(territory=OuterRef(f"{place}__territory"))
    depots = Location.objects.filter(near, kind__in=Location.DEPOTS, is_active=True)
    return ArraySubquery(depots.values("pk"))


def followers_at(places: Iterable[Location], depots: Iterable[UUID]) -> set[str]:
    """The scopes of those who keep the places, and of the depots beside them."""
    return {scope for place in places for scope in place.followers()} | {f"depot:{depot}" for depot in depots}
