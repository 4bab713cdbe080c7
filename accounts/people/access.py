"""Who may do what where, and the only way from a person's id to a person."""

from collections.abc import Collection
from typing import TypeVar
from uuid import UUID

from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from accounts.people.models import DESK, STAFF, WATCHERS, Role, RoleGrant, User
from fieldsvc.errors import Conflict, Forbidden, must_exist
from sync.commands import Actor

M = TypeVar("M", bound=Model)


def territories(user: User, *roles: str) -> frozenset[UUID] | None:
    """The territories in which this person has one of these roles: None for everywhere, empty for nowhere."""
    places = {grant.territory_id for grant in user.grants if grant.role in roles}
    if None in places:
        return None
    return frozenset(place for place in places if place)


def in_territories(queryset: QuerySet[M], user: User, *roles: str, field: str = "territory_id") -> QuerySet[M]:
    """Those rows whose territory is one in which this person has one of these roles."""
    places = territories(user, *roles)
    return queryset if places is None else queryset.filter(**{f"{field}__in": places})


def holds(roles: Collection[str], places: Collection[UUID] | None = None) -> Exists:
    """Condition on people: they have one of these roles in one of these places or everywhere (None: wherever)."""
    grants = RoleGrant.objects.filter(user=OuterRef("pk"), role__in=roles)
    if places is not None:
        grants = grants.filter(Q(territory=None) | Q(territory__in=places))
    return Exists(grants)


def require_role(actor: Actor, *roles: str, territory_id: UUID | None = None) -> None:
    """Raises Forbidden("role_required") unless the actor has one of these roles, there or (without place) anywhere.

    It is who acts that counts, also on behalf of somebody else. The service itself may do everything.
    """
    if actor.user is None:
        return
    if territory_id is None:
        allowed = actor.user.has_role(*roles)
    else:
        places = territories(actor.user, *roles)
        allowed = places is None or territory_id in places
    if not allowed:
        raise Forbidden("role_required", "Ask somebody who has one of these roles.", roles=sorted(roles))


def require_administrator(actor: Actor) -> None:
    """Raises Forbidden("role_required") unless the actor administers everything.

    People are not administered by administrators of one territory: they could give themselves the others.
    """
    if actor.user is not None and territories(actor.user, Role.ADMINISTRATOR) is not None:
        raise Forbidden("role_required", "Ask an administrator of all territories.", roles=[Role.ADMINISTRATOR])


def visible_people(user: User) -> QuerySet[User]:
    """Everybody for administrators of everything; otherwise oneself and those whom one works with or for.

    Staff see the staff of their own territories, and the desk sees residents, as it has to find callers. Who was
    deactivated is seen by administrators only.
    """
    if territories(user, Role.ADMINISTRATOR) is None:
        return User.objects.all()
    visible = Q(pk=user.pk)
    if user.works_here:
        visible |= Q(holds(STAFF, territories(user, *STAFF)))
    if user.has_role(*WATCHERS):
        visible |= Q(holds([Role.RESIDENT]))
    return User.objects.filter(visible, is_active=True)


def person_to_see(actor: Actor, person_id: UUID) -> User:
    """Raises NotFound unless the actor may see this person."""
    visible = User.objects.all() if actor.user is None else visible_people(actor.user)
    return must_exist(visible.filter(pk=person_id).first())


def person_to_change(actor: Actor, person_id: UUID, *, only_profile: bool = False) -> User:
    """Locked, for administrators; with `only_profile` of a resident, for those who answer callers, too.

    Raises NotFound, or Forbidden("role_required") for those who may only see.
    """
    person = person_to_see(actor, person_id)
    if only_profile and not person.works_here and person != actor.user:
        require_role(actor, *DESK, Role.ADMINISTRATOR)
    else:
        require_administrator(actor)
    return User.objects.select_for_update().get(pk=person_id)


def resident_of_caller(actor: Actor, person_id: UUID) -> User:
    """A resident, for those who answer callers. Raises NotFound, Forbidden("role_required")."""
    person = person_to_see(actor, person_id)
    require_role(actor, *DESK)
    return must_exist(person if person.has_role(Role.RESIDENT) else None)


def caller_to_help(actor: Actor, person_id: UUID) -> User:
    """The same, locked: whoever is on the line, for whom they do what concerns the whole account.

    Raises NotFound, Forbidden("role_required"), Conflict("own_account") as nobody helps themselves,
    Conflict("staff_account") for somebody who works here.
    """
    seen = resident_of_caller(actor, person_id)
    if seen == actor.user:
        raise Conflict("own_account", "Ask a colleague: nobody asks themselves who they are.")
    person = User.objects.select_for_update().get(pk=seen.pk)
    if person.works_here:
        raise Conflict("staff_account", "Whoever works here signs in, and asks for themselves.")
    return person


def own_person(actor: Actor) -> User:
    """The actor's own row, locked."""
    return User.objects.select_for_update().get(pk=actor.user.pk)
