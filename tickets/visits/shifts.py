"""The beginning and the end of a shift, told by phone: raw facts, from which attendance is reckoned later."""

from datetime import datetime
from uuid import UUID

from accounts.models import Role, Territory, User
from accounts.people.access import require_role, territories
from sync import work
from sync.archive import archive
from sync.commands import Actor, command
from sync.repeats import made_before
from tickets.visits.facts import check_in_of
from tickets.visits.models import CheckIn
from tickets.visits.places import read_position

Kind = CheckIn.Kind


@command
def clock_in(
    *,
    actor: Actor,
    occurred_at: datetime,
    id: UUID | None = None,
    latitude: float | None = None,
    longitude: float | None = None,
    accuracy_m: float | None = None,
    mock: bool = False,
) -> CheckIn:
    """The technician's shift began at `occurred_at`.

    Whatever is odd is flagged and never refused: `no_position`, `clocked_in_already` (by what we had heard so far), and
    what the device's clock says. Raises Invalid for coordinates that are none, Conflict("id_taken"),
    Forbidden("role_required") for whoever has never worked as a technician.
    """
    return _clock(actor, Kind.SHIFT_START, occurred_at, id, latitude, longitude, accuracy_m, mock)


@command
def clock_out(
    *,
    actor: Actor,
    occurred_at: datetime,
    id: UUID | None = None,
    latitude: float | None = None,
    longitude: float | None = None,
    accuracy_m: float | None = None,
    mock: bool = False,
) -> CheckIn:
    """The technician's shift ended at `occurred_at`. As `clock_in`, with the flag `not_clocked_in`."""
    return _clock(actor, Kind.SHIFT_END, occurred_at, id, latitude, longitude, accuracy_m, mock)


def _clock(
    actor: Actor,
    kind: CheckIn.Kind,
    occurred_at: datetime,
    id: UUID | None,
    latitude: float | None,
    longitude: float | None,
    accuracy_m: float | None,
    mock: bool,
) -> CheckIn:
    position = read_position(latitude, longitude, accuracy_m)
    technician = User.objects.select_for_update(no_key=True).get(pk=actor.user.pk)  # one event after the other
    events = CheckIn.objects.filter(technician=technician, kind__in=CheckIn.SHIFT)
    if not (actor.offline and events.exists()):  # a shift that had begun ends, whatever became of the role
        require_role(actor, Role.TECHNICIAN)
    before = made_before(CheckIn, id, technician_id=technician.pk, kind=kind)
    if before is not None:
        return before
    previous = events.filter(occurred_at__lte=occurred_at).order_by("occurred_at", "id").last()
    at_work = previous is not None and previous.kind == Kind.SHIFT_START
    flags = [*actor.flags]
    if position is None:
        flags.append("no_position")
    if at_work and kind == Kind.SHIFT_START:
        flags.append("clocked_in_already")
    if not at_work and kind == Kind.SHIFT_END:
        flags.append("not_clocked_in")
    fact = check_in_of(
        id=id,
        technician=technician,
        territory=home_territory(technician),
        kind=kind,
        actor=actor,
        position=position,
        mock=mock,
        occurred_at=occurred_at,
        flags=flags,
    )
    work.insert(fact)
    return fact


def home_territory(technician: User) -> Territory | None:
    """Whose desk counts their shifts: the first territory where they work.

    Of a technician who works everywhere, that of their last shift or visit says more than nothing; else nobody's.
    """
    places = territories(technician, Role.TECHNICIAN)
    if places:
        return Territory.objects.filter(pk__in=places).order_by("code").first()
    last_shift = CheckIn.objects.filter(technician=technician, territory__isnull=False).order_by("occurred_at").last()
    if last_shift is not None:
        return last_shift.territory
    last_visit = technician.visits.select_related("ticket__territory").order_by("window_start").last()
    return last_visit.ticket.territory if last_visit else None


@command
def archive_shifts(*, actor: Actor, occurred_at: datetime) -> int:
    """Take the beginnings and ends of long ago off phones and desks; they stay on record. Returns how many, none
    when all is done."""
    return archive(CheckIn.objects.filter(visit=None), ended="occurred_at", at=occurred_at)
