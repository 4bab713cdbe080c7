"""The admin site is for administrators of everything, and changes people through the same commands as everywhere."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.test import Client

from accounts.models import Role, Skill, Territory, User
from tests.accounts.conftest import PASSWORD
from tests.people import People

GRANTS = "role_grants"


@pytest.fixture
def administrator(db: None) -> User:
    return User.objects.create_superuser("root", PASSWORD, name="Root")


@pytest.fixture
def browser(administrator: User) -> Client:
    browser = Client()
    browser.force_login(administrator)
    return browser


def form(**fields: str) -> dict[str, str]:
    return {
        "name": "Nora New",
        "language": "en",
        "time_zone": "Asia/Shanghai",
        f"{GRANTS}-TOTAL_FORMS": "0",
        f"{GRANTS}-INITIAL_FORMS": "0",
        **fields,
    }


def test_the_first_administrator_is_made_on_the_command_line(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command("createsuperuser", "--no-input", username="first", name="First", verbosity=0)
    assert User.objects.get(username="first").roles == {Role.ADMINISTRATOR}


@pytest.mark.parametrize("who", ["supervisor", "technician", "resident"])
def test_nobody_else_gets_in(people: People, who: str) -> None:
    browser = Client()
    browser.force_login(getattr(people, who))
    assert browser.get("/admin/").status_code == 302


@pytest.mark.parametrize("model", ["user", "territory", "skill"])
def test_every_page_opens(browser: Client, people: People, model: str) -> None:
    rows = {"user": people.technician, "territory": people.north, "skill": Skill.objects.create(code="a", name="A")}
    base = f"/admin/accounts/{model}"
    for url in (f"{base}/", f"{base}/?q=a", f"{base}/add/", f"{base}/{rows[model].pk}/change/"):
        assert browser.get(url).status_code == 200, url


def test_groups_are_not_offered(db: None) -> None:
    assert not admin.site.is_registered(Group)


def test_a_territory_is_configured(browser: Client) -> None:
    told = {"code": "east", "name": "East", "name_zh": "东区", "time_zone": "Asia/Urumqi", "is_active": "on"}
    assert browser.post("/admin/accounts/territory/add/", told).status_code == 302
    assert Territory.objects.get().time_zone == "Asia/Urumqi"
    wrong = browser.post("/admin/accounts/territory/add/", told | {"code": "west", "time_zone": "Asia/Nowhere"})
    assert "is not a time zone" in wrong.content.decode()


def test_somebody_is_created_with_role_and_password(browser: Client, people: People, administrator: User) -> None:
    fields = form(
        username="Nora",
        phone="139 1234 5678",
        new_password=PASSWORD,
        **{
            f"{GRANTS}-TOTAL_FORMS": "1",
            f"{GRANTS}-0-role": "technician",
            f"{GRANTS}-0-territory": str(people.north.pk),
        },
    )
    answer = browser.post("/admin/accounts/user/add/", fields)
    assert answer.status_code == 302, answer.content
    nora = User.objects.get(username="nora")
    assert (nora.phone, nora.roles) == ("+8613912345678", frozenset({Role.TECHNICIAN}))
    assert nora.check_password(PASSWORD)
    assert nora.role_grants.get().granted_by == administrator


def test_roles_are_taken_away(browser: Client, people: People) -> None:
    grant = people.technician.role_grants.get()
    fields = form(
        username="technician",
        name="Tom T.",
        **{
            f"{GRANTS}-TOTAL_FORMS": "1",
            f"{GRANTS}-INITIAL_FORMS": "1",
            f"{GRANTS}-0-id": str(grant.pk),
            f"{GRANTS}-0-user": str(people.technician.pk),
            f"{GRANTS}-0-DELETE": "on",
        },
    )
    answer = browser.post(f"/admin/accounts/user/{people.technician.pk}/change/", fields)
    assert answer.status_code == 302, answer.content
    person = User.objects.get(pk=people.technician.pk)
    assert (person.name, person.roles) == ("Tom T.", frozenset())


def test_what_a_command_refuses_is_said_and_nothing_of_it_stays(browser: Client, people: People) -> None:
    answer = browser.post("/admin/accounts/user/add/", form(username="nora", new_password=PASSWORD), follow=True)
    assert "Only staff have passwords" in answer.content.decode()
    assert not User.objects.filter(username="nora").exists()


def test_mistakes_are_shown_beside_their_fields(browser: Client, people: People) -> None:
    _ = people.technician
    answer = browser.post("/admin/accounts/user/add/", form(username="Technician", phone="12"))
    page = answer.content.decode()
    assert "Write a phone number" in page
    answer = browser.post("/admin/accounts/user/add/", form(username="Technician"))
    assert answer.status_code == 200
    assert User.objects.filter(username="technician").count() == 1


def test_people_are_deactivated_and_reactivated_by_hand(browser: Client, people: People, administrator: User) -> None:
    def act(action: str, *whom: User) -> str:
        told = {"action": action, "_selected_action": [str(person.pk) for person in whom]}
        return browser.post("/admin/accounts/user/", told, follow=True).content.decode()

    page = act("deactivate", people.technician, administrator)
    assert "nobody shuts themselves out" in page
    assert list(User.objects.filter(is_active=False)) == [people.technician]
    act("reactivate", people.technician)
    assert not User.objects.filter(is_active=False).exists()
