"""Who sees scores: everybody their own, supervisors and administrators those of their territories. Others see none."""

from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.models import STAFF, Role, RoleGrant, Territory, User
from accounts.people.access import holds, in_territories, require_administrator, require_role, territories
from fieldsvc.errors import Forbidden, Invalid, NotFound, must_exist
from sync.commands import Actor
from tickets.scorecards.models import Criterion, Scorecard, ScorecardVersion, ScoreMark, Subject
from tickets.sites.access import active_territory

READERS = (Role.SUPERVISOR, Role.ADMINISTRATOR)
ROLES = {Subject.TECHNICIAN: Role.TECHNICIAN, Subject.AGENT: Role.AGENT}
"""Who is judged by which scorecard: whoever has the role in the territory, or everywhere."""


def visible_scorecards(actor: Actor) -> QuerySet[Scorecard]:
    """By what they are judged everybody who works here may read. Raises Forbidden("role_required")."""
    require_role(actor, *STAFF)
    return Scorecard.objects.all()


def scorecard_to_see(actor: Actor, scorecard_id: UUID) -> Scorecard:
    """Raises NotFound, Forbidden("role_required")."""
    return must_exist(visible_scorecards(actor).filter(pk=scorecard_id).first())


def scorecard_to_change(actor: Actor, scorecard_id: UUID) -> Scorecard:
    """Locked, for administrators of everything. Raises NotFound, Forbidden("role_required")."""
    scorecard = must_exist(visible_scorecards(actor).select_for_update().filter(pk=scorecard_id).first())
    require_administrator(actor)
    return scorecard


def version_to_change(actor: Actor, version_id: UUID) -> ScorecardVersion:
    """With its scorecard locked, for administrators of everything. Raises NotFound, Forbidden("role_required")."""
    require_role(actor, *STAFF)
    version = must_exist(ScorecardVersion.objects.filter(pk=version_id).first())
    scorecard_to_change(actor, version.scorecard_id)
    return ScorecardVersion.objects.select_for_update().get(pk=version_id)


def judged_people(actor: Actor, scorecard: Scorecard, territory_id: UUID) -> tuple[QuerySet[User], Territory]:
    """Whom this person sees of those who are judged in the territory: all of them, or themselves. Raises NotFound."""
    territory = must_exist(Territory.objects.filter(pk=territory_id).first())
    people = User.objects.filter(holds([ROLES[Subject(scorecard.subject)]], [territory_id]))
    if not reads(actor, territory_id):
        people = people.filter(pk=must_exist(people.filter(pk=actor.user.pk).first()).pk)
    return people, territory


def judged_territories(actor: Actor) -> QuerySet[Territory]:
    """Those of which the actor reads scores. Raises NotFound for those who read of none."""
    if not actor.user.has_role(*READERS):
        raise NotFound()
    return in_territories(Territory.objects.filter(is_active=True), actor.user, *READERS, field="id")


def reads(actor: Actor, territory_id: UUID) -> bool:
    """Whether the actor reads all scores of the territory."""
    places = territories(actor.user, *READERS)
    return places is None or territory_id in places


def visible_marks(actor: Actor) -> QuerySet[ScoreMark]:
    """Those of one's territories, and what was said of oneself. Raises Forbidden("role_required")."""
    require_role(actor, *STAFF)
    return ScoreMark.objects.filter(_in_places(actor.user) | Q(person=actor.user))


def _in_places(user: User) -> Q:
    places = territories(user, *READERS)
    return Q(territory__isnull=False) if places is None else Q(territory__in=places)


def criterion_to_mark(
    actor: Actor, *, criterion_id: UUID, territory_id: UUID, person_id: UUID | None
) -> tuple[Criterion, Territory]:
    """For a supervisor of the territory, and never about themselves.

    Raises Forbidden("role_required" | "own_score"), Invalid("territory_unknown" | "criterion_unknown" |
    "person_unknown").
    """
    require_role(actor, *READERS)
    territory = active_territory(territory_id) if reads(actor, territory_id) else None
    if territory is None:
        raise Invalid("territory_unknown", "Choose one of the territories.", field="territory_id")
    require_role(actor, Role.SUPERVISOR, territory_id=territory.pk)
    criterion = Criterion.objects.select_related("version__scorecard").filter(pk=criterion_id).first()
    if criterion is None:
        raise Invalid("criterion_unknown", "Choose a criterion of a scorecard.", field="criterion_id")
    subject = Subject(criterion.version.scorecard.subject)
    judged = person_id is None if subject is Subject.TERRITORY else _is_judged(person_id, ROLES[subject], territory)
    if not judged:
        raise Invalid("person_unknown", "Choose somebody who is judged by this scorecard there.", field="person_id")
    if person_id is not None and person_id == actor.user.pk:
        raise Forbidden("own_score", "Nobody marks their own score. Ask another supervisor.")
    return criterion, territory


def _is_judged(person_id: UUID | None, role: str, territory: Territory) -> bool:
    grants = RoleGrant.objects.filter(Q(territory=None) | Q(territory=territory), role=role)
    return person_id is not None and grants.filter(user=person_id).exists()
