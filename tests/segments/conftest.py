"""A trunk cable that serves flats of two complexes."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from fieldsvc.time import now
from sync.commands import Actor
from tests.duplicates.conftest import Opens, broadband, desk, opens
from tests.outages.conftest import Flats, flats
from tests.people import People
from tickets.models import NetworkSegment, ServiceType, Site, Ticket
from tickets.segments.services import add_segment, connect_sites

__all__ = ["Flats", "broadband", "desk", "flats", "opens"]

Api = Callable[[Any], APIClient]
SEGMENTS, CONNECTIONS = "/api/v1/network-segments", "/api/v1/network-connections"
Lays = Callable[..., NetworkSegment]


@pytest.fixture
def sites(people: People) -> list[Site]:
    """Six flats of Sunny Gardens, then six of Harbour View."""
    return [
        Site.objects.create(
            territory=people.north, complex=complex, address=f"Flat {number}", latitude=34.2, longitude=108.9
        )
        for complex in ("Sunny Gardens", "Harbour View")
        for number in range(1, 7)
    ]


@pytest.fixture
def lays(people: People, sites: list[Site]) -> Lays:
    """A segment under these sites, or all of them."""

    def lay(code: str = "trunk-7", *, under: list[Site] | None = None, **told: Any) -> NetworkSegment:
        actor = Actor(people.administrator)
        names = {"territory_id": people.north.pk, "code": code, "name": "Trunk cable 7", "name_zh": "七号主干光缆"}
        segment = add_segment(actor=actor, occurred_at=now(), **{**names, **told})
        ids = [site.pk for site in (sites if under is None else under)]
        return connect_sites(actor=actor, occurred_at=now(), segment_id=segment.pk, site_ids=ids) if ids else segment

    return lay


@pytest.fixture
def calls(opens: Opens, broadband: ServiceType) -> Callable[..., Ticket]:
    """Somebody at this site has no connection."""
    assert broadband

    def call(site: Site, **changes: Any) -> Ticket:
        details = {"complex": site.complex, "phone": "13812345678", "fault": "no_connection"}
        return opens(site_id=site.pk, address=site.address, **{"details": details, **changes})

    return call
