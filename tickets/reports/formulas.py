"""What is counted, and how: the one place in which it is said, and `docs/reports.md` in words.

`FACTS` says by SQL what each ticket counts for; `METRICS` are quotients of sums over tickets. Reports are read from
sums that are kept up to date (`services.py`); the tests compare them with what follows from the rows themselves.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from tickets.reports.histograms import one, percentiles
from tickets.reports.models import MEASURES

SATISFIED = 4
"""A rating from this on, of 5, is that of somebody satisfied."""
PLANNED = ("visit_scheduled", "visit_dispatched", "visit_accepted")
"""Events by which somebody was found who will come; on patrol they are there already, and begin by accepting."""
REOPENED = "ticket_reopened"
HELD = "ticket_held"
GONE_ON = (
    "ticket_resumed",
    "visit_dispatched",
    "technician_travelling",
    "technician_arrived",
    "ticket_resolved",
    "ticket_resolved_remotely",
    "ticket_joined",
    "ticket_separated",
    "main_dispatched",
    "main_begun",
    "ticket_cancelled",
)
"""Events by which a hold is over."""
HOLDS = (HELD, *GONE_ON)
UNCONTROLLABLE = ("waiting_for_resident", "waiting_for_part", "no_access", "waiting_for_others")
"""Hold reasons about which those who do the work can do nothing."""
COUNTED_EVENTS = tuple(dict.fromkeys((*PLANNED, REOPENED, *HOLDS)))


def _seconds(start: str, end: str) -> str:
    """Whole seconds from one moment to another. Clocks of phones err: nothing takes less than no time."""
    return f"greatest(floor(extract(epoch FROM {end} - {start}))::bigint, 0)"


def _spread(name: str, start: str, end: str, where: str) -> dict[str, str]:
    """Of the stretches from one moment to another for which the condition holds: their sum, and their histogram."""
    seconds = _seconds(start, end)
    return {
        f"{name}_seconds": f"sum({seconds}) FILTER (WHERE {where})",
        f"{name}_histogram": f"sum({one(seconds)}) FILTER (WHERE {where})",
    }


def _once(name: str, seconds: str, where: str) -> dict[str, str]:
    """The same of one duration."""
    return {
        f"{name}_seconds": f"CASE WHEN {where} THEN {seconds} END",
        f"{name}_histogram": f"CASE WHEN {where} THEN {one(seconds)} END",
    }


def _promise(target: str, *, limit: bool = True) -> dict[str, str]:
    """How many clocks of this target were kept and missed. One on which nothing was decided yet is neither."""
    verdicts = {
        f"{target}_kept": "met_at IS NOT NULL AND NOT target_missed",
        f"{target}_missed": "target_missed",
    }
    if limit:
        verdicts[f"{target}_limit_kept"] = "met_at IS NOT NULL AND NOT limit_missed"
        verdicts[f"{target}_limit_missed"] = "limit_missed"
    return {name: f"count(*) FILTER (WHERE target = '{target}' AND {said})" for name, said in verdicts.items()}


OF_CLOCKS = {
    **_promise("first_reply"),
    **_promise("on_site"),
    **_promise("resolution"),
    **_promise("result_told", limit=False),
    "first_replies": "count(met_at) FILTER (WHERE target = 'first_reply')",
    **_spread("first_reply", "started_at", "met_at", "target = 'first_reply' AND met_at IS NOT NULL"),
}
"""Sums over the clocks of a ticket."""

OF_CALLBACKS = {
    "callback_kept": "count(*) FILTER (WHERE first_called_at <= first_due_at)",
    "callback_missed": "count(*) FILTER (WHERE coalesce(first_called_at, ended_at) > first_due_at)",
}
"""Sums over the callbacks about a ticket, once they were called or need no call any more."""

LED = "companion_of_id IS NULL AND status <> 'cancelled'"
"""What a crew does together counts once, as its lead's."""
TRAVELLED = f"{LED} AND travelling_at IS NOT NULL AND arrived_at IS NOT NULL"
WORKED = f"{LED} AND arrived_at IS NOT NULL AND completed_at IS NOT NULL"
OVER = "status IN ('completed', 'incomplete')"
OF_VISITS = {
    "travels": f"count(*) FILTER (WHERE {TRAVELLED})",
    **_spread("travel", "travelling_at", "arrived_at", TRAVELLED),
    "repairs": f"count(*) FILTER (WHERE {WORKED})",
    **_spread("repair", "arrived_at", "completed_at", WORKED),
    "attended": f"count(*) FILTER (WHERE {LED} AND arrived_at IS NOT NULL)",
    "completed": f"count(*) FILTER (WHERE {LED} AND status = 'completed')",
    "visits_ended": f"count(*) FILTER (WHERE {OVER})",
    "technician_rated": f"count(score) FILTER (WHERE {OVER})",
    "technician_points": f"sum(score) FILTER (WHERE {OVER})",
    "technician_satisfied": f"count(*) FILTER (WHERE {OVER} AND score >= {SATISFIED})",
}
"""Sums over the visits of a ticket, each with its technician's rating."""

OF_EVENTS = {
    "planned_at": f"min(occurred_at) FILTER (WHERE kind IN {PLANNED})",
    "reopenings": f"count(*) FILTER (WHERE kind = '{REOPENED}')",
}
"""Sums over the timeline of a ticket."""

DONE = "t.status IN ('resolved', 'closed')"
RESOLUTION = _seconds("t.reported_at", "t.resolved_at")
HELD_FOR = _seconds("greatest(began_at, t.reported_at)", "least(ended_at, t.resolved_at)")
OF_HOLDS = {
    "uncontrollable": f"sum({HELD_FOR}) FILTER (WHERE reason IN {UNCONTROLLABLE})",
    "otherwise_held": f"sum({HELD_FOR}) FILTER (WHERE reason NOT IN {UNCONTROLLABLE})",
}
"""Seconds on hold of a ticket that is resolved, from the report on."""
OF_TICKETS: Mapping[str, str] = {
    "tickets": "1",
    "open": "(t.status NOT IN ('resolved', 'closed', 'cancelled', 'merged'))::int",
    "cancelled": "(t.status = 'cancelled')::int",
    "resolved": f"({DONE})::int",
    "resolved_remotely": f"({DONE} AND t.resolved_remotely)::int",
    "ever_resolved": f"({DONE} OR events.reopenings > 0 OR ratings.score IS NOT NULL)::int",
    **{name: f"clocks.{name}" for name in OF_CLOCKS},
    **{name: f"callbacks.{name}" for name in OF_CALLBACKS},
    "scheduled": "(events.planned_at IS NOT NULL)::int",
    **_once("schedule", _seconds("t.reported_at", "events.planned_at"), "events.planned_at IS NOT NULL"),
    **{f"{name}s": f"visits.{name}s" for name in ("travel", "repair")},
    **{f"{name}_{kept}": f"visits.{name}_{kept}" for name in ("travel", "repair") for kept in ("seconds", "histogram")},
    **_once("resolution", RESOLUTION, DONE),
    **_once("controllable", f"greatest({RESOLUTION} - coalesce(holds.uncontrollable, 0), 0)", DONE),
    **{
        name: said
        for hold in OF_HOLDS
        for name, said in {
            hold: f"(holds.{hold} > 0)::int",
            **_once(hold, f"holds.{hold}", f"holds.{hold} > 0"),
        }.items()
    },
    "repaired": "(visits.completed > 0)::int",
    "repaired_at_once": "(visits.completed > 0 AND visits.attended <= 1 AND events.reopenings = 0)::int",
    "repeats": "(t.repeats_id IS NOT NULL)::int",
    "reopened": "(events.reopenings > 0)::int",
    "reopenings": "events.reopenings",
    "rated": "(ratings.score IS NOT NULL)::int",
    "rating_points": "ratings.score",
    "satisfied": f"(ratings.score >= {SATISFIED})::int",
    "visits_ended": "visits.visits_ended",
    "technician_rated": "visits.technician_rated",
    "technician_points": "visits.technician_points",
    "technician_satisfied": "visits.technician_satisfied",
}
"""What a ticket counts for."""
assert set(OF_TICKETS) == set(MEASURES), "every measure has its formula"


def _columns(expressions: Mapping[str, str]) -> str:
    return ", ".join(f"{said} AS {name}" for name, said in expressions.items())


HOLDS_OF_TICKET = f"""
    SELECT kind, data ->> 'reason' AS reason, occurred_at AS began_at, lead(occurred_at) OVER (ORDER BY id) AS ended_at
    FROM tickets_ticketevent WHERE ticket_id = t.id AND {DONE} AND kind IN {HOLDS}
"""
"""In the order in which we heard of it, as clocks are paused: a hold is ended by an arrival that we hear of later, even
if it was earlier; then it took no time."""

FACTS = f"""
    SELECT t.id AS ticket_id, (t.reported_at AT TIME ZONE territory.time_zone)::date AS day,
           t.territory_id, t.service_type_id, t.source,
           {", ".join(f"nullif({OF_TICKETS[name]}, 0) AS {name}" for name in MEASURES)}
    FROM tickets_ticket t
    JOIN accounts_territory territory ON territory.id = t.territory_id
    LEFT JOIN tickets_rating ratings ON ratings.ticket_id = t.id
    CROSS JOIN LATERAL (SELECT {_columns(OF_CLOCKS)} FROM tickets_ticketclock WHERE ticket_id = t.id) clocks
    CROSS JOIN LATERAL (SELECT {_columns(OF_CALLBACKS)} FROM tickets_callback WHERE ticket_id = t.id) callbacks
    CROSS JOIN LATERAL (
        SELECT {_columns(OF_VISITS)}
        FROM tickets_visit visit LEFT JOIN tickets_visitrating ON visit_id = visit.id WHERE ticket_id = t.id
    ) visits
    CROSS JOIN LATERAL (SELECT {_columns(OF_EVENTS)} FROM tickets_ticketevent WHERE ticket_id = t.id) events
    CROSS JOIN LATERAL (
        SELECT {_columns(OF_HOLDS)} FROM ({HOLDS_OF_TICKET}) AS held WHERE kind = '{HELD}'
    ) holds
"""
"""The facts of tickets, in the columns of `TicketFacts`. A condition on `t` may follow."""


class Unit(StrEnum):
    """In what a metric is told."""

    SHARE = "share"
    SECONDS = "seconds"
    POINTS = "points"


DIGITS = {Unit.SHARE: 4, Unit.SECONDS: None, Unit.POINTS: 2}
"""Behind the decimal point; seconds are whole."""


PERCENTILES = {
    "median": (50, "{}: half of them within", "{}：中位数"),
    "p90": (90, "{}: 90 percent of them within", "{}：90%不超过"),
}
"""What durations tell besides their mean: of how many of a hundred; English, Chinese."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A quotient of sums, in words. Where the sum below the line is nought there is no value: no answer is not nought.

    `of` is that sum: how many promises, tickets or visits the value speaks of.
    """

    name: str
    unit: Unit
    above: str
    below: tuple[str, ...]
    english: str
    chinese: str

    def of(self, sums: Mapping[str, int]) -> int:
        """How many it speaks of."""
        return sum(sums[name] for name in self.below)

    def value(self, sums: Mapping[str, int]) -> float | None:
        """None where it speaks of nothing."""
        of = self.of(sums)
        return round(sums[self.above] / of, DIGITS[self.unit]) if of else None

    def percentiles(self, sums: Mapping[str, int]) -> dict[str, int | None]:
        """Of a duration, how long most took, in seconds (`PERCENTILES`); nothing of other metrics."""
        if self.unit is not Unit.SECONDS:
            return {}
        histogram = sums[self.name.replace("_seconds", "_histogram")]
        told = percentiles(histogram, *(percent for percent, *_ in PERCENTILES.values()))
        return dict(zip(PERCENTILES, told, strict=True))


def _kept(name: str, of: str, english: str, chinese: str) -> Metric:
    return Metric(name, Unit.SHARE, f"{of}_kept", (f"{of}_kept", f"{of}_missed"), english, chinese)


def _share(name: str, of: str, english: str, chinese: str, *, above: str = "") -> Metric:
    return Metric(name, Unit.SHARE, above or name, (of,), english, chinese)


def _mean(name: str, of: str, english: str, chinese: str) -> Metric:
    return Metric(name, Unit.SECONDS, name, (of,), english, chinese)


COUNTS = {
    "tickets": ("Tickets", "工单数"),
    "open": ("Open", "未完成"),
    "cancelled": ("Cancelled", "已取消"),
    "resolved": ("Resolved", "已解决"),
    "reopenings": ("Reopenings", "重新打开次数"),
}
"""Sums that are told as they are: English, Chinese."""
METRICS = (
    _kept("first_reply_in_target", "first_reply", "First reply within the target", "首次回复目标达成率"),
    _kept("first_reply_in_limit", "first_reply_limit", "First reply within the limit", "首次回复上限达成率"),
    _kept("on_site_in_target", "on_site", "On site within the target", "到场目标达成率"),
    _kept("on_site_in_limit", "on_site_limit", "On site within the limit", "到场上限达成率"),
    _kept("resolution_in_target", "resolution", "Resolved within the target", "解决目标达成率"),
    _kept("resolution_in_limit", "resolution_limit", "Resolved within the limit", "解决上限达成率"),
    _kept("result_told_in_target", "result_told", "Result told in time", "结果按时告知率"),
    _kept("callbacks_kept", "callback", "Callbacks kept", "回电履约率"),
    _mean("first_reply_seconds", "first_replies", "Until the first reply", "首次回复用时"),
    _mean("schedule_seconds", "scheduled", "Until planned", "预约用时"),
    _mean("travel_seconds", "travels", "Travel", "路途用时"),
    _mean("repair_seconds", "repairs", "On site", "现场维修用时"),
    _mean("resolution_seconds", "resolved", "Until resolved", "解决用时"),
    _mean(
        "controllable_seconds", "resolved", "Until resolved, uncontrollable time left out", "解决用时（不含不可控时间）"
    ),
    _mean("uncontrollable_seconds", "uncontrollable", "On hold, uncontrollable", "不可控挂起用时"),
    _mean("otherwise_held_seconds", "otherwise_held", "On hold otherwise", "其他挂起用时"),
    _share("first_time_fix", "repaired", "Repaired at the first visit", "首次上门修复率", above="repaired_at_once"),
    _share("repeats", "tickets", "Repeats", "重复报修率"),
    _share("reopened", "ever_resolved", "Reopened", "重新打开率"),
    _share("solved_remotely", "resolved", "Solved by phone", "远程解决率", above="resolved_remotely"),
    Metric("rating", Unit.POINTS, "rating_points", ("rated",), "Rating, 1 to 5", "满意度评分"),
    _share("satisfied", "rated", "Satisfied (4 or 5)", "满意率"),
    _share("rating_coverage", "ever_resolved", "Have rated", "评价覆盖率", above="rated"),
    Metric(
        "technician_rating",
        Unit.POINTS,
        "technician_points",
        ("technician_rated",),
        "Technicians' rating, 1 to 5",
        "维修人员满意度评分",
    ),
    _share("technician_satisfied", "technician_rated", "Satisfied technicians (4 or 5)", "维修人员满意率"),
    _share(
        "technician_coverage",
        "visits_ended",
        "Visits rated by technicians",
        "维修人员评价覆盖率",
        above="technician_rated",
    ),
)
