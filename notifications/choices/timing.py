"""When somebody is told: at once, when their quiet hours end, or with the next digest."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from notifications.choices.models import NoticeChoices
from notifications.kinds import CAN_WAIT
from notifications.notices.models import Notice

DAILY_AT = time(9)
"""By the person's wall clock."""
HOUR = timedelta(hours=1)


def due_at(notice: Notice, choices: NoticeChoices | None) -> datetime | None:
    """When it goes out of the house; None: now. What is urgent, or asks for an acknowledgement, never waits."""
    if choices is None or notice.urgent or notice.wants_ack:
        return None
    zone = ZoneInfo(notice.user.time_zone)
    moment = notice.created_at
    if notice.kind in CAN_WAIT:
        moment = _next_digest(moment, choices.digest, zone)
    moment = _after_quiet(moment, choices, zone)
    return moment if moment > notice.created_at else None


def _next_digest(moment: datetime, digest: str, zone: ZoneInfo) -> datetime:
    match digest:
        case NoticeChoices.Digest.HOURLY:
            return moment.replace(minute=0, second=0, microsecond=0) + HOUR
        case NoticeChoices.Digest.DAILY:
            return _next(DAILY_AT, moment, zone)
    return moment


def _after_quiet(moment: datetime, choices: NoticeChoices, zone: ZoneInfo) -> datetime:
    """The end of the quiet hours if it falls into them, perhaps across midnight."""
    begin, end = choices.quiet_from, choices.quiet_until
    if begin is None or end is None:
        return moment
    there = moment.astimezone(zone).time()
    quiet = begin <= there < end if begin < end else there >= begin or there < end
    return _next(end, moment, zone) if quiet else moment


def _next(wall: time, moment: datetime, zone: ZoneInfo) -> datetime:
    """The next time that clocks there show this."""
    there = moment.astimezone(zone)
    today = datetime.combine(there.date(), wall, zone)
    found = today if today > there else datetime.combine(there.date() + timedelta(days=1), wall, zone)
    return found.astimezone(moment.tzinfo)
