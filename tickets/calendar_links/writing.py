"""Appointments as iCalendar (RFC 5545, with REFRESH-INTERVAL of RFC 7986)."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from icalendar import Calendar, Event, Timezone, TimezoneStandard, vDuration

from accounts.models import Language
from tickets.calendar_links.selectors import Appointment
from tickets.visits.models import Visit

CONTENT_TYPE = "text/calendar; charset=utf-8"
REFRESH = timedelta(minutes=15)
"""How often a calendar app should ask for news; most of them do so less often."""
NAMES = {Language.ENGLISH: "My visits", Language.CHINESE: "我的上门任务"}

TENTATIVE, CONFIRMED, CANCELLED = "TENTATIVE", "CONFIRMED", "CANCELLED"
STATUS = {
    Visit.Status.SCHEDULED: TENTATIVE,
    Visit.Status.DISPATCHED: TENTATIVE,
    Visit.Status.ACCEPTED: CONFIRMED,
    Visit.Status.TRAVELLING: CONFIRMED,
    Visit.Status.ON_SITE: CONFIRMED,
    Visit.Status.COMPLETED: CONFIRMED,
    Visit.Status.INCOMPLETE: CONFIRMED,
    Visit.Status.CANCELLED: CANCELLED,
}
"""A visit is certain once its technician has accepted it."""


def calendar(appointments: Iterable[Appointment], *, language: str) -> bytes:
    """The same bytes for the same appointments, whenever it is asked for."""
    document = Calendar()
    document.add("prodid", "-//fieldsvc//visits//EN")
    document.add("version", "2.0")
    document.add("calscale", "GREGORIAN")
    document.add("method", "PUBLISH")
    document.add("name", NAMES[Language(language)])
    document.add("x-wr-calname", NAMES[Language(language)])  # what apps read that are older than NAME
    document.add("refresh-interval", vDuration(REFRESH), parameters={"VALUE": "DURATION"})
    document.add("x-published-ttl", vDuration(REFRESH))  # the same for REFRESH-INTERVAL
    document.add_component(_utc())
    for appointment in appointments:
        document.add_component(_event(appointment, language))
    content: bytes = document.to_ical()
    return content


def _utc() -> Timezone:
    """A calendar has at least one component (RFC 5545, section 3.4): so one without visits is valid too."""
    standard = TimezoneStandard()
    standard.add("dtstart", datetime(1970, 1, 1))  # noqa: DTZ001  # of a zone's rules: local by definition
    standard.add("tzoffsetfrom", timedelta())
    standard.add("tzoffsetto", timedelta())
    zone = Timezone()
    zone.add("tzid", "Etc/UTC")
    zone.add_component(standard)
    return zone


def _event(appointment: Appointment, language: str) -> Event:
    name = appointment.service_name_zh if language == Language.CHINESE else appointment.service_name
    status = STATUS[Visit.Status(appointment.status)]
    changed = appointment.told_at or appointment.received_at
    event = Event()
    event.add("uid", str(appointment.id))
    event.add("dtstamp", changed)
    event.add("last-modified", changed)
    event.add("sequence", appointment.happened)
    event.add("dtstart", appointment.starts)
    event.add("dtend", appointment.ends)
    event.add("summary", f"{appointment.reference} {name or appointment.service_name}")
    event.add("status", status)
    event.add("transp", "TRANSPARENT" if status == CANCELLED else "OPAQUE")
    event.add("class", "PRIVATE")
    if place := ", ".join(part for part in (appointment.complex, appointment.address) if part):
        event.add("location", place)
    if appointment.latitude is not None and appointment.longitude is not None:
        event.add("geo", (round(appointment.latitude, 6), round(appointment.longitude, 6)))
    return event
