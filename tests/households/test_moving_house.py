"""Moving house, and another holder: the account keeps its history, and nobody reads what is somebody else's."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import ProgrammingError, transaction
from rest_framework.test import APIClient

from fieldsvc.time import now, time_passes
from notifications.models import Notice
from sync.ids import uuid7
from tests.at_once import at_once
from tests.people import People
from tests.statements import statements
from tests.tickets.conftest import Api, Desk, codes, url
from tickets.models import AccountEvent, AccountOffer, Asset, ServiceAccount, Site, Ticket

URL = "/api/v1/service-accounts"
CHECKS = [{"question": "What was repaired last?", "passed": True}, {"question": "Which flat?", "passed": True}]


@pytest.fixture
def account(people: People) -> ServiceAccount:
    site = Site.objects.create(territory=people.north, complex="Sunny Gardens", address="3-12")
    return ServiceAccount.objects.create(
        number="A-77", site=site, holder=people.resident, holder_name="Rosa Resident", phone="+8613812345678"
    )


@pytest.fixture
def there(people: People) -> dict[str, Any]:
    return {"complex": "River Park", "address": "1-1", "territory_id": people.south.pk}


class TestMovingHouse:
    def test_the_account_goes_to_the_other_territory_whose_desk_hears_of_it(
        self, api: Api, people: People, desk: Desk, account: ServiceAccount, there: dict[str, Any]
    ) -> None:
        past = desk.resolves(desk.opens(account_number="A-77", site_id=account.site_id))
        assert people.southern_dispatcher
        answer = api(people.resident).post(f"{URL}/{account.pk}/move", there)
        assert answer.status_code == 200, answer.content
        account.refresh_from_db()
        assert (account.site.address, account.site.territory) == ("1-1", people.south)
        assert Notice.objects.get(kind="account_moved").user == people.southern_dispatcher
        past.refresh_from_db()
        assert (past.account, past.territory) == (account, people.north)
        assert api(people.southern_dispatcher).get(f"{URL}/{account.pk}").status_code == 200
        assert api(people.agent).get(f"{URL}/{account.pk}").status_code == 404
        (event,) = api(people.southern_dispatcher).get(f"{URL}/{account.pk}/history").json()["results"]
        assert (event["kind"], event["data"]["from_territory"], event["data"]["to_territory"]) == (
            "moved",
            "north",
            "south",
        )

    def test_open_tickets_and_equipment_stay_with_the_old_place_unless_they_are_named(
        self, api: Api, people: People, desk: Desk, account: ServiceAccount, there: dict[str, Any]
    ) -> None:
        stays, comes = (desk.opens(account_number="A-77", site_id=account.site_id) for _ in range(2))
        socket = Asset.objects.create(site=account.site, account=account, kind="socket")
        router = Asset.objects.create(site=account.site, account=account, kind="router")
        api(people.resident).post(
            f"{URL}/{account.pk}/move", {**there, "ticket_ids": [comes.pk], "asset_ids": [router.pk]}
        )
        for row in (stays, comes, socket, router, account):
            row.refresh_from_db()
        assert (stays.territory, stays.site_id, stays.account) == (people.north, socket.site_id, account)
        assert (comes.territory, comes.site_id, comes.account) == (people.south, account.site_id, account)
        assert (router.site_id, router.account) == (account.site_id, account)
        assert socket.account is None
        timeline = api(people.resident).get(url(comes, "timeline")).json()["results"]
        assert timeline[-1]["kind"] == "ticket_moved"

    def test_moving_there_again_changes_nothing(
        self, api: Api, people: People, account: ServiceAccount, there: dict[str, Any]
    ) -> None:
        for _ in range(2):
            assert api(people.resident).post(f"{URL}/{account.pk}/move", there).status_code == 200
        assert AccountEvent.objects.count() == 1

    def test_the_desk_moves_it_for_the_customer_who_hears_of_it(
        self, api: Api, people: People, account: ServiceAccount, there: dict[str, Any]
    ) -> None:
        assert api(people.agent).post(f"{URL}/{account.pk}/move", there).status_code == 200
        assert [notice.user for notice in Notice.objects.filter(kind="account_moved")] == [people.resident]
        assert AccountEvent.objects.get().actor == people.agent

    def test_the_holder_takes_no_ticket_along_that_one_of_the_household_has_filed_but_the_desk_does(
        self, api: Api, people: People, desk: Desk, account: ServiceAccount, there: dict[str, Any]
    ) -> None:
        ServiceAccount.objects.update(household=[people.neighbour.pk])
        theirs = desk.opens(account_number="A-77", site_id=account.site_id)
        Ticket.objects.filter(pk=theirs.pk).update(resident=people.neighbour)
        along = {**there, "ticket_ids": [theirs.pk]}
        refused = api(people.resident).post(f"{URL}/{account.pk}/move", along)
        assert (refused.status_code, codes(refused)) == (400, {"ticket_ids": "ticket_unknown"})
        theirs.refresh_from_db()
        assert theirs.territory == people.north
        assert api(people.agent).post(f"{URL}/{account.pk}/move", along).status_code == 200
        theirs.refresh_from_db()
        assert theirs.territory == people.south

    @pytest.mark.django_db(transaction=True)
    def test_of_two_who_move_it_at_the_same_moment_the_second_moves_it_on_from_where_the_first_has_put_it(
        self, api: Api, people: People, account: ServiceAccount
    ) -> None:
        def move(client: APIClient, address: str) -> int:
            there = {"complex": "River Park", "address": address, "territory_id": people.north.pk}
            return int(client.post(f"{URL}/{account.pk}/move", there).status_code)

        calls = [partial(move, api(people.resident), "1-1"), partial(move, api(people.agent), "2-2")]
        assert at_once(ServiceAccount.objects.filter(pk=account.pk), *calls) == [200, 200]
        moves = {event.data["from_site"]: event.data["to_site"] for event in AccountEvent.objects.all()}
        home = str(account.site_id)
        account.refresh_from_db()
        assert moves[moves[home]] == str(account.site_id)

    def test_what_cannot_be_is_refused_by_name_and_nothing_has_moved(
        self, api: Api, people: People, desk: Desk, account: ServiceAccount, there: dict[str, Any]
    ) -> None:
        other = desk.opens()
        client, before = api(people.resident), account.site
        for wrong, expected in (
            ({"complex": " ", "address": ""}, {"address": "address_required"}),
            ({"territory_id": uuid7()}, {"territory_id": "territory_unknown"}),
            ({"territory_id": None}, {"territory_id": "territory_required"}),
            ({"ticket_ids": [other.pk]}, {"ticket_ids": "ticket_unknown"}),
            ({"asset_ids": [uuid7()]}, {"asset_ids": "asset_unknown"}),
        ):
            answer = client.post(f"{URL}/{account.pk}/move", {**there, **wrong})
            assert (answer.status_code, codes(answer)) == (400, expected)
        account.refresh_from_db()
        assert account.site == before
        assert not Site.objects.filter(complex="River Park").exists()

    def test_one_of_the_household_does_not_move_it(
        self, api: Api, people: People, account: ServiceAccount, there: dict[str, Any]
    ) -> None:
        ServiceAccount.objects.update(household=[people.neighbour.pk])
        answer = api(people.neighbour).post(f"{URL}/{account.pk}/move", there)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_your_account")


class TestAnotherHolder:
    def offered(self, api: Api, people: People, account: ServiceAccount) -> dict[str, Any]:
        answer = api(people.resident).post(f"{URL}/{account.pk}/offer", {"phone": "138 1234 5679"})
        assert answer.status_code == 201, answer.content
        offer: dict[str, Any] = answer.json()
        return offer

    def test_whoever_signs_in_with_the_phone_takes_it_over_and_sees_nothing_of_the_former_holder(
        self, api: Api, people: People, desk: Desk, account: ServiceAccount
    ) -> None:
        router = Asset.objects.create(site=account.site, account=account, kind="router")
        past = desk.resolves(desk.opens(account_number="A-77", site_id=account.site_id, asset_id=router.pk))
        assert people.neighbour
        offer = self.offered(api, people, account)
        taker = api(people.neighbour)
        assert Notice.objects.get(kind="account_offered").user == people.neighbour
        assert [row["number"] for row in taker.get("/api/v1/account-offers").json()["results"]] == ["A-77"]
        for _ in range(2):
            answer = taker.post(f"/api/v1/account-offers/{offer['id']}/accept")
            assert (answer.status_code, answer.json()["status"]) == (200, "accepted")
        seen = [
            taker.get(f"{URL}/{account.pk}"),
            taker.get(f"{URL}/{account.pk}/household"),
            taker.get("/api/v1/assets"),
        ]
        for answer in seen:
            assert answer.status_code == 200
            for private in ("Rosa", "13812345678", str(people.resident.pk)):
                assert private not in answer.content.decode()
        assert taker.get("/api/v1/tickets").json()["results"] == []
        assert taker.get(url(past)).status_code == 404
        assert taker.get(f"{URL}/{account.pk}/history").status_code == 403
        # The former holder keeps what they said, and hears of it; the desk keeps the whole history.
        assert api(people.resident).get(url(past)).status_code == 200
        assert api(people.resident).get(f"{URL}/{account.pk}").status_code == 404
        assert Notice.objects.get(kind="account_handed_over").user == people.resident
        history = api(people.supervisor).get(f"{URL}/{account.pk}/history").json()["results"]
        assert [event["kind"] for event in history] == ["handed_over", "offered"]
        assert history[0]["data"]["before"]["holder_name"] == "Rosa Resident"
        past.refresh_from_db()
        assert (past.resident, past.account) == (people.resident, account)

    def test_an_offer_is_declined_or_withdrawn_by_whom_it_concerns(
        self, api: Api, people: People, account: ServiceAccount
    ) -> None:
        assert people.neighbour
        first = self.offered(api, people, account)["id"]
        offers = "/api/v1/account-offers"
        for person, act in ((people.resident, "accept"), (people.resident, "decline"), (people.neighbour, "withdraw")):
            answer = api(person).post(f"{offers}/{first}/{act}")
            assert (answer.status_code, answer.json()["code"]) == (403, "not_your_offer")
        assert api(people.agent).post(f"{offers}/{first}/accept").status_code == 404
        again = api(people.resident).post(f"{URL}/{account.pk}/offer", {"phone": "+8613812345670"})
        assert (again.status_code, again.json()["code"]) == (409, "offer_open")
        assert api(people.neighbour).post(f"{offers}/{first}/decline").status_code == 200
        late = api(people.neighbour).post(f"{offers}/{first}/accept")
        assert (late.status_code, late.json()["code"]) == (409, "offer_over")
        second = self.offered(api, people, account)["id"]
        assert api(people.resident).post(f"{offers}/{second}/withdraw").status_code == 200
        account.refresh_from_db()
        assert account.holder == people.resident

    def test_an_offer_lasts_two_weeks(self, api: Api, people: People, account: ServiceAccount) -> None:
        assert people.neighbour
        offer = self.offered(api, people, account)
        with time_passes(timedelta(days=14)):
            late = api(people.neighbour).post(f"/api/v1/account-offers/{offer['id']}/accept")
            assert (late.status_code, late.json()["code"]) == (409, "offer_over")
            self.offered(api, people, account)  # and does not stand in the way of another
        assert AccountOffer.objects.filter(status="open").count() == 1

    def test_nobody_offers_it_to_themselves(self, api: Api, people: People, account: ServiceAccount) -> None:
        answer = api(people.resident).post(f"{URL}/{account.pk}/offer", {"phone": people.resident.phone})
        assert codes(answer) == {"phone": "offer_to_oneself"}

    def test_the_desk_enters_somebody_without_the_app_after_checks(
        self, api: Api, people: People, account: ServiceAccount
    ) -> None:
        ServiceAccount.objects.update(household=[people.neighbour.pk])
        told = {"holder_name": "Anna Next", "phone": "139 0000 2222", "checks": CHECKS}
        answer = api(people.agent).post(f"{URL}/{account.pk}/hand-over", told)
        assert answer.status_code == 200, answer.content
        account.refresh_from_db()
        assert (account.holder, account.household) == (None, [])
        assert (account.holder_name, account.phone) == ("Anna Next", "+8613900002222")
        told_people = {notice.user for notice in Notice.objects.filter(kind="account_handed_over")}
        assert told_people == {people.resident, people.neighbour}
        for wrong, expected in (
            ({"checks": CHECKS[:1]}, {"checks": "checks_not_passed"}),
            ({"holder_name": " "}, {"person_id": "holder_required"}),
            ({"phone": "12"}, {"phone": "phone_not_valid"}),
        ):
            refused = api(people.agent).post(f"{URL}/{account.pk}/hand-over", {**told, **wrong})
            assert codes(refused) == expected

    def test_what_happened_to_an_account_is_written_once_for_ever(
        self, api: Api, people: People, account: ServiceAccount
    ) -> None:
        self.offered(api, people, account)
        for change in (lambda: AccountEvent.objects.update(kind="moved"), lambda: AccountEvent.objects.all().delete()):
            with pytest.raises(ProgrammingError, match="Cannot"), transaction.atomic():
                change()

    def test_a_long_history_costs_what_a_short_one_costs(
        self, api: Api, people: People, account: ServiceAccount
    ) -> None:
        AccountEvent.objects.bulk_create(
            AccountEvent(account=account, kind="moved", actor=people.agent, occurred_at=now(), received_at=now())
            for _ in range(30)
        )
        client = api(people.supervisor)
        client.get(f"{URL}/{account.pk}/history")
        with statements(3):  # who asks, the account, what happened to it
            assert len(client.get(f"{URL}/{account.pk}/history", {"page_size": 30}).json()["results"]) == 30
