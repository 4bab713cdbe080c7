"""Where roles hold, and what follows from them."""

import pytest

from accounts.models import Role, RoleGrant, Skill, Territory, User
from accounts.people import access
from accounts.people.selectors import open_scopes, people_looked_after, people_with_role
from fieldsvc.errors import Forbidden
from sync.commands import Actor
from tests.people import People


def test_a_role_holds_in_its_territory_or_everywhere(people: People) -> None:
    assert access.territories(people.dispatcher, Role.DISPATCHER) == frozenset({people.north.pk})
    assert access.territories(people.dispatcher, Role.SUPERVISOR) == frozenset()
    assert access.territories(people.administrator, Role.ADMINISTRATOR) is None


def test_a_required_role_has_to_hold_in_the_place(people: People) -> None:
    actor = Actor(people.dispatcher)
    access.require_role(actor, Role.DISPATCHER)
    access.require_role(actor, Role.DISPATCHER, Role.SUPERVISOR, territory_id=people.north.pk)
    access.require_role(Actor(people.administrator), Role.ADMINISTRATOR, territory_id=people.south.pk)
    access.require_role(Actor.system(), Role.SUPERVISOR, territory_id=people.south.pk)
    with pytest.raises(Forbidden) as refusal:
        access.require_role(actor, Role.DISPATCHER, Role.AGENT, territory_id=people.south.pk)
    assert refusal.value.problem()["roles"] == ["agent", "dispatcher"]


def test_acting_for_somebody_does_not_lend_their_roles(people: People) -> None:
    with pytest.raises(Forbidden):
        access.require_role(Actor(people.agent, on_behalf_of=people.supervisor), Role.SUPERVISOR)


def test_rows_are_those_of_the_territories_where_the_role_holds(people: People) -> None:
    _ = people.south
    everywhere = Territory.objects.all()
    seen = access.in_territories(everywhere, people.dispatcher, Role.DISPATCHER, field="pk")
    assert set(seen) == {people.north}
    assert set(access.in_territories(everywhere, people.dispatcher, Role.AGENT, field="pk")) == set()
    assert set(access.in_territories(everywhere, people.administrator, Role.ADMINISTRATOR, field="pk")) == {
        people.north,
        people.south,
    }


def test_people_with_a_role_are_those_of_the_place_and_of_everywhere(people: People) -> None:
    everywhere = people._staff("floating", "Flo Floating", Role.TECHNICIAN, None)
    here = people.technician
    people.colleague.is_active = False
    people.colleague.save()
    assert set(people_with_role(Role.TECHNICIAN, people.north.pk)) == {here, everywhere}
    assert set(people_with_role(Role.TECHNICIAN, people.south.pk)) == {everywhere}
    assert set(people_with_role(Role.DISPATCHER, None)) == set()


def test_dispatchers_and_supervisors_look_after_the_field_staff_of_their_territory(people: People) -> None:
    field, desk = {people.technician, people.storekeeper}, {people.dispatcher, people.supervisor, people.agent}
    assert set(people_looked_after(people.dispatcher)) == set(people_looked_after(people.supervisor)) == field
    assert set(people_looked_after(people.southern_dispatcher)) == set()
    assert set(people_looked_after(people.technician)) == set(people_looked_after(people.agent)) == set()
    assert set(people_looked_after(people.administrator)) >= field | desk
    assert people.resident not in people_looked_after(people.administrator)


@pytest.mark.parametrize(
    ("who", "scopes"),
    [
        ("technician", ["technician:{id}", "catalogue"]),
        ("resident", ["resident:{id}"]),
        ("agent", ["desk:{north}", "catalogue"]),
        ("dispatcher", ["desk:{north}", "catalogue"]),
        ("supervisor", ["desk:{north}", "catalogue"]),
        ("storekeeper", ["catalogue"]),
        ("southern_dispatcher", ["desk:{south}", "catalogue"]),
    ],
)
def test_roles_open_scopes(people: People, who: str, scopes: list[str]) -> None:
    person: User = getattr(people, who)
    named = {"id": person.pk, "north": people.north.pk, "south": people.south.pk}
    assert open_scopes(person) == [*(scope.format(**named) for scope in scopes), f"person:{person.pk}", "public"]


def test_a_role_held_everywhere_opens_the_desks_of_all_active_territories(people: People) -> None:
    Territory.objects.create(code="closed", name="Closed", is_active=False)
    desks = {f"desk:{people.north.pk}", f"desk:{people.south.pk}"}
    RoleGrant.objects.create(user=people.agent, role=Role.AGENT, territory=None)
    assert {scope for scope in open_scopes(people.agent) if scope.startswith("desk:")} == desks


def test_who_looks_after_everything_works_at_no_desk(people: People) -> None:
    assert open_scopes(people.administrator) == ["catalogue", f"person:{people.administrator.pk}", "public"]


def test_somebody_with_several_roles_opens_the_scopes_of_all(people: People) -> None:
    RoleGrant.objects.create(user=people.technician, role=Role.DISPATCHER, territory=people.south)
    RoleGrant.objects.create(user=people.technician, role=Role.RESIDENT)
    person = people.technician.pk
    assert open_scopes(people.technician) == [
        f"desk:{people.south.pk}",
        f"technician:{person}",
        f"resident:{person}",
        "catalogue",
        f"person:{person}",
        "public",
    ]


def test_names_are_what_people_read(people: People) -> None:
    assert str(people.technician) == "Tom Technician"
    assert str(people.north) == "North"
    assert str(Skill(code="fibre", name="Fibre")) == "Fibre"
    assert [str(grant) for grant in people.technician.grants] == ["technician in North"]
    assert [str(grant) for grant in people.resident.grants] == ["resident everywhere"]
