"""What speaks for somebody: points from 0 to 100 for each objective, with the reason in words and in figures.

The score is the mean of the points by their weights. What says nothing about a ticket (nobody was there before; no
parts are likely to be needed; nobody knows where it is) is left out of it, so it makes nobody better or worse.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tickets.service_types.selectors import LikelyPart
from tickets.suggestions.models import OBJECTIVES, SuggestionWeights
from tickets.travel.estimates import Leg

SOON = timedelta(hours=24)
"""Where no promise runs out later than that, a visit that is so far off gets no points for the clock."""
FAR_S = 3600
"""A way of so many seconds gets no points."""
BROKEN = 0.5
"""So much of the points of the clock is left where the promise would be broken."""
AT_THE_SITE = 60
"""Points for somebody who was there for another ticket; whoever was there for this one has 100."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One objective: its points, the figures that they come from, and the same in English and Chinese."""

    objective: str
    points: int
    figures: Mapping[str, Any]
    text: str
    text_zh: str


def score(reasons: Sequence[Reason], weights: SuggestionWeights) -> int:
    """0 to 100; 0 where nothing that weighs says anything."""
    weighed = [(getattr(weights, reason.objective), reason.points) for reason in reasons]
    total = sum(weight for weight, _ in weighed)
    return round(sum(weight * points for weight, points in weighed) / total) if total else 0


def clock(
    *, starts_at: datetime, at: datetime, due_at: datetime | None, limit_at: datetime | None, zone: str
) -> Reason:
    """The sooner the better; half as good where the promise is broken that could be kept."""
    room = max(SOON, (limit_at or at) - at)
    points = 100 * max(0.0, 1 - max(starts_at - at, timedelta()) / room)
    begins = f"{starts_at.astimezone(ZoneInfo(zone)):%m-%d %H:%M}"
    figures: dict[str, Any] = {"starts_at": starts_at, "due_at": due_at}
    if due_at is None:
        return Reason("clock", round(points), figures, f"Can be there on {begins}.", f"可于 {begins} 到达。")
    spare = round((due_at - starts_at).total_seconds() / 60)
    figures["minutes_to_spare"] = spare
    if spare >= 0:
        text = f"Can be there on {begins}, {_lasting(spare)} before it is due."
        text_zh = f"可于 {begins} 到达，比时限提前{_lasting_zh(spare)}。"
    else:
        text = f"Can be there on {begins}, {_lasting(-spare)} after it is due."
        text_zh = f"可于 {begins} 到达，超过时限{_lasting_zh(-spare)}。"
        if due_at > at:
            points *= BROKEN
    return Reason("clock", round(points), figures, text, text_zh)


def travel(way: Leg | None) -> Reason:
    """The shorter the way there, the better; one that nobody knows is the worst."""
    if way is None:
        return Reason("travel", 0, {}, "Nobody knows from where they would come.", "出发位置未知。")
    minutes, km = round(way.seconds / 60), way.metres / 1000
    return Reason(
        "travel",
        round(100 * max(0.0, 1 - way.seconds / FAR_S)),
        {"seconds": way.seconds, "metres": way.metres},
        f"{minutes} minutes on the way ({km:.1f} km).",
        f"路程约 {minutes} 分钟（{km:.1f} 公里）。",
    )


def load(*, visits: int, busy: timedelta, working: timedelta) -> Reason:
    """The more of the shift is free, the better."""
    percent = min(100, round(100 * (busy / working))) if working else 100
    return Reason(
        "load",
        100 - percent,
        {"visits": visits, "percent": percent},
        f"{visits} other visits in this shift, {percent} % of it is taken.",
        f"本班次另有 {visits} 次上门，已占用 {percent}%。",
    )


def continuity(*, this_ticket: bool, last: datetime | None, zone: str) -> Reason:
    """Whoever knows the place need not be told."""
    if last is None:
        return Reason("continuity", 0, {}, "Was not there before.", "此前未去过该地点。")
    day = f"{last.astimezone(ZoneInfo(zone)):%Y-%m-%d}"
    if this_ticket:
        text, text_zh = f"Was there for this ticket, the last time on {day}.", f"曾处理过本工单，最近一次为 {day}。"
    else:
        text, text_zh = f"Was there before, the last time on {day}.", f"曾去过该地点，最近一次为 {day}。"
    return Reason("continuity", 100 if this_ticket else AT_THE_SITE, {"last_there_at": last}, text, text_zh)


def parts(likely: Sequence[LikelyPart]) -> Reason:
    """The more of the likely parts lie in the van, the better."""
    missing = [part.number for part in likely if lacks(part)]
    aboard = len(likely) - len(missing)
    text, text_zh = f"{aboard} of {len(likely)} likely parts are in the van", f"车上备有常用件 {aboard}/{len(likely)}"
    if missing:
        text, text_zh = f"{text}; missing: {', '.join(missing)}", f"{text_zh}；缺：{'、'.join(missing)}"
    figures = {"aboard": aboard, "likely": len(likely), "missing": missing}
    return Reason("parts", round(100 * aboard / len(likely)), figures, f"{text}.", f"{text_zh}。")


def lacks(part: LikelyPart) -> bool:
    """Whether the usual quantity is not in the van; of one where nobody said how much that is, any will do."""
    in_van = part.in_van or 0
    return in_van <= 0 if part.quantity is None else in_van < part.quantity


def in_order(reasons: Sequence[Reason], weights: SuggestionWeights) -> list[Reason]:
    """What contributes most comes first."""
    places = {name: place for place, name in enumerate(OBJECTIVES)}
    return sorted(
        reasons, key=lambda reason: (-getattr(weights, reason.objective) * reason.points, places[reason.objective])
    )


def _lasting(minutes: int) -> str:
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def _lasting_zh(minutes: int) -> str:
    hours, minutes = divmod(minutes, 60)
    return f" {hours} 小时 {minutes} 分钟" if hours else f" {minutes} 分钟"
