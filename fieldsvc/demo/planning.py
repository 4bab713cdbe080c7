"""What the desk of Beilin plans ahead: what counts when somebody is suggested, a crew, and the routes of tomorrow."""

from zoneinfo import ZoneInfo

from accounts.models import Role, Territory, User
from accounts.people.selectors import people_with_role
from fieldsvc.demo.identity import demo_id
from fieldsvc.demo.people import BEILIN
from fieldsvc.errors import Conflict
from fieldsvc.time import now
from sync.commands import Actor, command
from tickets.routes.services import ask_plan
from tickets.shifts.days import DAY, day_of
from tickets.suggestions.models import SuggestionWeights
from tickets.suggestions.services import add_weights
from tickets.visits.crew import add_companion
from tickets.visits.models import Visit


@command
def plan_ahead() -> int:
    """Plan it, unless it was planned already; answers how many things were made. The worker makes the routes."""
    weights = demo_id("suggestion weights", BEILIN)
    if SuggestionWeights.objects.filter(pk=weights).exists():
        return 0
    at, territory = now(), Territory.objects.get(code=BEILIN)
    administrator, dispatcher = (Actor(User.objects.get(username=name)) for name in ("admin", "dispatcher"))
    add_weights(actor=administrator, occurred_at=at, id=weights, clock=40, travel=20, load=15, continuity=15, parts=10)
    return 1 + _somebody_goes_along(territory, dispatcher) + _routes_of_tomorrow(territory, dispatcher)


def _somebody_goes_along(territory: Territory, dispatcher: Actor) -> int:
    """To the next visit that nobody has set out to, if anybody is free."""
    visit = Visit.objects.filter(ticket__territory=territory, status__in=Visit.PLANNED, window_end__gt=now()).first()
    if visit is None:
        return 0
    for person in people_with_role(Role.TECHNICIAN, territory.pk).exclude(pk=visit.technician_id).order_by("username"):
        try:
            add_companion(
                actor=dispatcher,
                occurred_at=now(),
                id=demo_id("companion", BEILIN),
                visit_id=visit.pk,
                technician_id=person.pk,
                override_reason="It takes two to carry.",
            )
        except Conflict:
            continue
        return 1
    return 0


def _routes_of_tomorrow(territory: Territory, dispatcher: Actor) -> int:
    """If there is anything to plan."""
    tomorrow = day_of(now(), ZoneInfo(territory.time_zone)) + DAY
    try:
        ask_plan(
            actor=dispatcher,
            occurred_at=now(),
            id=demo_id("route plan", BEILIN),
            territory_id=territory.pk,
            day=tomorrow,
        )
    except Conflict:
        return 0
    return 1
