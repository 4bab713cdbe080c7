"""The life of a visit: one table of which command leads from where to where."""

from typing import NamedTuple

from fieldsvc.errors import Conflict
from tickets.visits.models import Visit

Status = Visit.Status


class Move(NamedTuple):
    """A command, seen as a change of state."""

    sources: frozenset[Status]
    target: Status
    behind: frozenset[Status] = frozenset()
    """States in which the command has been carried out before, so that hearing it again changes nothing."""


MOVES: dict[str, Move] = {
    "dispatch": Move(frozenset({Status.SCHEDULED}), Status.DISPATCHED, frozenset({Status.DISPATCHED})),
    "accept": Move(
        frozenset({Status.DISPATCHED}),
        Status.ACCEPTED,
        frozenset({Status.ACCEPTED, Status.TRAVELLING, Status.ON_SITE, Status.COMPLETED, Status.INCOMPLETE}),
    ),
    "decline": Move(frozenset({Status.DISPATCHED, Status.ACCEPTED}), Status.CANCELLED, frozenset({Status.CANCELLED})),
    # Whoever sets out or stands there has accepted, even if nobody pressed that button. It may even have been a visit
    # that was only planned: the technician sees those too.
    "travel": Move(
        frozenset({Status.SCHEDULED, Status.DISPATCHED, Status.ACCEPTED}),
        Status.TRAVELLING,
        frozenset({Status.TRAVELLING, Status.ON_SITE, Status.COMPLETED, Status.INCOMPLETE}),
    ),
    "check_in": Move(
        frozenset({Status.SCHEDULED, Status.DISPATCHED, Status.ACCEPTED, Status.TRAVELLING}),
        Status.ON_SITE,
        frozenset({Status.ON_SITE}),
    ),
    "complete": Move(frozenset({Status.ON_SITE}), Status.COMPLETED, frozenset({Status.COMPLETED})),
    "leave_incomplete": Move(
        frozenset({Status.TRAVELLING, Status.ON_SITE}), Status.INCOMPLETE, frozenset({Status.INCOMPLETE})
    ),
    "reassign": Move(frozenset(Visit.ACTIVE), Status.CANCELLED),
    "cancel": Move(frozenset(Visit.ACTIVE), Status.CANCELLED, frozenset({Status.CANCELLED})),
}


OF_THE_LEAD = frozenset({"complete", "leave_incomplete"})
"""What only the lead of a crew says, for all of it."""


def allowed_moves(visit: Visit) -> list[str]:
    """The commands that lead on from its present state."""
    names = [name for name, move in MOVES.items() if visit.status in move.sources]
    return names if visit.leads else [name for name in names if name not in OF_THE_LEAD]


def must_move(visit: Visit, name: str) -> bool:
    """Whether the command `name` has still to be carried out; False when the visit is there already.

    Raises Conflict("visit_transition_not_allowed") with the present status and the commands allowed from it.
    """
    move = MOVES[name]
    if visit.status in move.behind:
        return False
    if visit.status not in move.sources:
        raise Conflict(
            "visit_transition_not_allowed",
            f"This visit is {visit.get_status_display().lower()}. Choose one of the allowed commands.",
            visit_status=visit.status,
            allowed=allowed_moves(visit),
        )
    return True
