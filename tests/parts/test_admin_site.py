"""The admin site: places and parts go through the commands, the books are only read."""

import pytest
from django.test import Client
from django.urls import reverse

from parts.models import Location, Part, StockMovement
from tests.parts.store import Store, offline

pytestmark = pytest.mark.django_db


@pytest.fixture
def alma(people) -> Client:
    """The administrator's browser."""
    people.administrator.is_staff = True
    people.administrator.save()
    client = Client()
    client.force_login(people.administrator, backend="django.contrib.auth.backends.ModelBackend")
    return client


PART = {
    "number": "GAS-TAP",
    "name": "Sealing tape",
    "unit": "piece",
    "tracking": "quantity",
    "price": "5.00",
    "currency": "CNY",
}


def test_a_part_is_added_and_changed(alma: Client):
    assert alma.post(reverse("admin:parts_part_add"), PART).status_code == 302
    part = Part.objects.get()
    change = reverse("admin:parts_part_change", args=[part.pk])
    assert alma.post(change, PART | {"name": "Tape"}).status_code == 302
    part.refresh_from_db()
    assert (part.name, part.number) == ("Tape", "GAS-TAP")


def test_a_refusal_of_the_command_is_shown_and_nothing_changes(alma: Client, store: Store):
    store.receive(store.depot, store.valve)
    change = reverse("admin:parts_part_change", args=[store.valve.pk])
    response = alma.post(change, PART | {"unit": "metre"}, follow=True)
    assert "Stock of this part was counted" in response.content.decode()
    store.valve.refresh_from_db()
    assert (store.valve.unit, store.valve.name) == ("piece", "Ball valve")


def test_a_place_is_set_up_and_given_a_keeper(alma: Client, people, store: Store):
    van = {"code": "V9", "name": "Van 9", "kind": "van", "territory": str(people.north.pk)}
    assert alma.post(reverse("admin:parts_location_add"), van).status_code == 302
    location = Location.objects.get(code="V9")
    assert location.is_active
    change = reverse("admin:parts_location_change", args=[location.pk])
    assert alma.post(change, van | {"is_active": "on", "keeper": str(people.technician.pk)}).status_code == 302
    location.refresh_from_db()
    assert location.keeper == people.technician


@pytest.mark.parametrize("model", ["stockmovement", "stockbalance", "serialposition", "discrepancy"])
def test_the_books_are_read_and_not_written(alma: Client, people, store: Store, model: str):
    store.receive(store.van, store.modem, serial="X1")
    store.use(offline(people.technician), store.van, store.valve)
    assert alma.get(reverse(f"admin:parts_{model}_changelist")).status_code == 200
    assert alma.get(reverse(f"admin:parts_{model}_add")).status_code == 403
    row = StockMovement._meta.apps.get_model("parts", model).objects.first()
    page = reverse(f"admin:parts_{model}_change", args=[row.pk])
    assert alma.get(page).status_code == 200
    assert alma.post(page, {}).status_code == 403
