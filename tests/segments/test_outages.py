"""A cable under two complexes is cut: an outage of the segment is proposed, and of nothing else."""

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection

from fieldsvc.time import now, time_is
from notifications.models import Notice
from sync.commands import Actor
from tests.people import People
from tests.segments.conftest import Api, Lays
from tickets.complaints.moving import move_site
from tickets.complaints.services import open_ticket, resolve_ticket
from tickets.models import NetworkSegment, Outage, ServiceType, Site, Ticket
from tickets.outages.services import accept_outage
from tickets.segments.services import change_segment, connect_sites, disconnect_sites

pytestmark = pytest.mark.django_db

Calls = Callable[..., Ticket]


def accept(people: People, outage: Outage) -> None:
    accept_outage(actor=Actor(people.dispatcher), occurred_at=now(), outage_id=outage.pk, message="A cable is cut.")


def test_tickets_of_several_complexes_propose_the_segment_on_which_they_hang(
    people: People, api: Api, sites: list[Site], lays: Lays, calls: Calls
) -> None:
    assert people.dispatcher
    segment = lays()
    for site in (*sites[:2], *sites[6:8]):
        calls(site)
    assert not Outage.objects.exists()
    calls(sites[8])
    outage = Outage.objects.get()
    assert (outage.status, outage.segment, outage.area, outage.tickets.count()) == (
        "proposed",
        segment,
        "Trunk cable 7",
        5,
    )
    [notice] = Notice.objects.filter(kind="outage_proposed")
    assert (notice.title, notice.title_zh) == ("Perhaps an outage: Trunk cable 7", "疑似大面积故障:七号主干光缆")
    names = {"id": str(segment.pk), "code": "trunk-7", "name": "Trunk cable 7", "name_zh": "七号主干光缆"}
    agent = api(people.agent)
    [row] = agent.get("/api/v1/outages", {"segment": str(segment.pk)}).json()["results"]
    assert (row["segment"], row["tickets"]) == (names, 5)
    calls(Site.objects.create(territory=people.north, complex="Oak Street 1", latitude=34.2, longitude=108.9))
    for path in ("tickets", "tickets.geojson"):
        shown = agent.get(f"/api/v1/{path}", {"segment": str(segment.pk)}).json()
        assert len(shown.get("results") or shown["features"]) == 5


def test_of_one_complex_alone_the_complex_is_proposed_and_becomes_the_segment_when_another_one_calls(
    people: People, sites: list[Site], lays: Lays, calls: Calls
) -> None:
    assert people.dispatcher
    segment = lays()
    for site in sites[:5]:
        calls(site)
    [narrow] = Outage.objects.all()
    assert (narrow.segment, narrow.area) == (None, "sunny gardens")
    other = calls(sites[6])
    [wide] = Outage.objects.all()
    assert (wide.pk, wide.segment, wide.area, wide.tickets.count()) == (narrow.pk, segment, "Trunk cable 7", 6)
    assert other.outage == wide
    assert Notice.objects.filter(kind="outage_proposed").count() == 2, "they hear that it is wider"


def test_two_proposals_of_complexes_become_one_of_the_segment(
    people: People, sites: list[Site], lays: Lays, calls: Calls
) -> None:
    segment = lays(under=[])
    for site in (*sites[:5], *sites[6:11]):
        calls(site)
    first, second = Outage.objects.order_by("pk")
    lonely = Site.objects.create(territory=people.north, complex="Pump house")
    with time_is(now() - timedelta(hours=1)):
        ids = [site.pk for site in (*sites, lonely)]
        connect_sites(actor=Actor(people.administrator), occurred_at=now(), segment_id=segment.pk, site_ids=ids)
    calls(lonely)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, first.segment, first.tickets.count()) == ("proposed", segment, 11)
    assert (second.status, second.reason, second.tickets.count()) == ("rejected", "Part of a wider one.", 0)


def test_what_somebody_has_decided_grows_no_wider(people: People, sites: list[Site], lays: Lays, calls: Calls) -> None:
    segment = lays()
    for site in sites[:5]:
        calls(site)
    accept(people, Outage.objects.get())
    others = [calls(site) for site in sites[6:10]]
    assert [ticket.outage for ticket in others] == [None] * 4
    calls(Site.objects.create(territory=people.north, complex="Harbour View", address="Flat 9"))
    assert Outage.objects.filter(status="proposed").get().segment is None, "five of that complex"
    assert Outage.objects.filter(segment=segment).count() == 0


def test_a_proposal_whose_tickets_are_solved_grows_no_wider_either(
    people: People, sites: list[Site], lays: Lays, calls: Calls
) -> None:
    lonely = Site.objects.create(territory=people.north, complex="Pump house")
    segment, agent = lays(under=[*sites, lonely]), Actor(people.agent)
    for ticket in [calls(site) for site in sites[:5]]:
        resolve_ticket(actor=agent, occurred_at=now(), ticket_id=ticket.pk, resolution_code="cleared_remotely")
    for site in (*sites[6:10], lonely):
        calls(site)
    former, new = Outage.objects.order_by("pk")
    assert (former.segment, former.tickets.count()) == (None, 5)
    assert (new.segment, new.tickets.count()) == (segment, 5)


def test_late_callers_hear_what_is_known_whichever_they_belong_to(
    people: People, sites: list[Site], lays: Lays, calls: Calls, api: Api
) -> None:
    lays()
    for site in (*sites[:3], *sites[6:8]):
        calls(site)
    outage = Outage.objects.get()
    accept(people, outage)
    late = calls(sites[9], resident_id=people.neighbour.pk)
    outage.refresh_from_db()
    assert (late.outage, late.follows) == (outage, outage.main)
    assert Notice.objects.get(user=people.neighbour, kind="outage_message").body == "A cable is cut."


def test_who_hangs_elsewhere_or_on_what_carries_something_else_does_not_count(
    people: People, sites: list[Site], lays: Lays, calls: Calls
) -> None:
    ServiceType.objects.create(code="gas", name="Gas", name_zh="燃气")
    lays("pipe", service_types=["gas"])
    segment = lays(under=[*sites[:3], *sites[6:8]])
    for site in (*sites[:3], sites[6], sites[10]):
        calls(site)
    assert not Outage.objects.exists()
    change_segment(actor=Actor(people.administrator), occurred_at=now(), segment_id=segment.pk, is_active=False)
    calls(sites[7])
    assert not Outage.objects.exists()


def test_of_two_segments_the_narrower_one_is_proposed(sites: list[Site], lays: Lays, calls: Calls) -> None:
    lays("trunk", name="Trunk")
    branch = lays("branch", name="Branch", under=[*sites[:3], *sites[6:8]])
    for site in (*sites[:3], *sites[6:8]):
        calls(site)
    assert Outage.objects.get().segment == branch


def test_a_ticket_belongs_to_the_segment_of_when_it_was_reported(
    people: People, sites: list[Site], lays: Lays, calls: Calls
) -> None:
    segment, start = lays(), now()
    for minutes, site in enumerate((*sites[:2], *sites[6:8])):
        with time_is(start + timedelta(minutes=minutes + 1)):
            calls(site)
    with time_is(start + timedelta(minutes=10)):
        disconnect_sites(
            actor=Actor(people.administrator),
            occurred_at=now(),
            segment_id=segment.pk,
            site_ids=[site.pk for site in sites],
        )
        calls(sites[8])
        assert not Outage.objects.exists(), "they hang on it no more"
        calls(sites[9], at=start + timedelta(minutes=5))
    assert Outage.objects.get().tickets.count() == 5


def test_a_site_that_goes_to_another_territory_leaves_the_networks_of_this_one(
    people: People, sites: list[Site], lays: Lays
) -> None:
    segment = lays()
    move_site(
        actor=Actor(people.administrator),
        occurred_at=now(),
        site_id=sites[0].pk,
        territory_id=people.south.pk,
        reason="New border",
    )
    assert segment.connections.get(site=sites[0]).until is not None
    assert segment.connections.filter(until=None).count() == 11


@pytest.mark.django_db(transaction=True)
def test_agents_of_several_complexes_at_the_same_moment_propose_it_once(
    people: People, sites: list[Site], lays: Lays, calls: Calls
) -> None:
    segment: NetworkSegment = lays()
    start, failures, agent = Barrier(6), [], people.agent

    def opens_one(site: Site) -> None:
        try:
            start.wait()
            open_ticket(
                actor=Actor(agent),
                occurred_at=now(),
                service_type="broadband",
                details={"complex": site.complex, "phone": "13812345678", "fault": "no_connection"},
                site_id=site.pk,
                contact_name="Rosa",
            )
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [Thread(target=opens_one, args=(site,)) for site in (*sites[:3], *sites[6:9])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    outage = Outage.objects.get()
    assert (outage.segment, outage.tickets.count()) == (segment, 6)
