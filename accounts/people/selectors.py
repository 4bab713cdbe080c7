"""Reads about people: who has a role, whom somebody watches over, which scopes of the feed somebody may pull."""

from collections.abc import Collection, Iterable
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.people import access
from accounts.people.models import DESK, STAFF, WATCHERS, Role, RoleGrant, User
from accounts.territories.models import Territory

CARERS = (Role.DISPATCHER, Role.SUPERVISOR)
"""Who looks after the phones of others."""


def people_with_role(role: str, territory_id: UUID | None) -> QuerySet[User]:
    """Active people who have `role` in this territory or everywhere (without territory: wherever it holds)."""
    places = None if territory_id is None else [territory_id]
    return User.objects.filter(access.holds([role], places), is_active=True)


def first_with_role(roles: Iterable[str], territory_id: UUID | None, *, besides: Collection[UUID] = ()) -> list[User]:
    """The people of the first of these roles that anybody has in this territory, not counting some; or nobody."""
    found = (list(people_with_role(role, territory_id).exclude(pk__in=besides)) for role in roles)
    return next(filter(None, found), [])


def people_looked_after(user: User) -> QuerySet[User]:
    """Those in the field whose phones and operations are this person's care.

    Dispatchers and supervisors look after the technicians and storekeepers of their territories who have no seat at a
    desk themselves; administrators of everything after all staff.
    """
    places = access.territories(user, *CARERS)
    if access.territories(user, Role.ADMINISTRATOR) is None:
        return User.objects.filter(access.holds(STAFF), is_active=True)
    if places is not None and not places:
        return User.objects.none()
    in_the_field = User.objects.filter(access.holds([Role.TECHNICIAN, Role.STOREKEEPER], places), is_active=True)
    return in_the_field.exclude(access.holds(WATCHERS))


Membership = tuple[UUID | None, str, UUID]
"""A territory (None: all of them), its name, and somebody who works there."""


def territories_of_people_looked_after(user: User) -> Iterable[Membership]:
    """Of the people looked after, who works in which of the territories that this person watches over."""
    grants = RoleGrant.objects.filter(user__in=people_looked_after(user), role__in=STAFF)
    places = access.territories(user, *CARERS)
    if places is not None and access.territories(user, Role.ADMINISTRATOR) is not None:
        grants = grants.filter(Q(territory=None) | Q(territory__in=places))
    found = grants.order_by().values_list("territory_id", "territory__name", "user_id").distinct()
    return ((territory, name or "", person) for territory, name, person in found)


def open_scopes(user: User) -> list[str]:
    """The scopes of the feed that this person may pull now, the one with the fullest documents first.

    Depots' scopes are added by the wiring, as only `parts` knows who keeps which.
    """
    scopes = [f"desk:{territory_id}" for territory_id in _desks(user)]
    if user.has_role(Role.TECHNICIAN):
        scopes.append(f"technician:{user.pk}")
    if user.has_role(Role.RESIDENT):
        scopes.append(f"resident:{user.pk}")
    if user.works_here:
        scopes.append("catalogue")
    return [*scopes, f"person:{user.pk}", "public"]


def _desks(user: User) -> list[UUID]:
    """The territories at whose desk this person works. Administrators look over HTTP, where contacts are masked."""
    places = access.territories(user, *DESK)
    if places is None:
        return list(Territory.objects.filter(is_active=True).order_by("id").values_list("id", flat=True))
    return sorted(places)
