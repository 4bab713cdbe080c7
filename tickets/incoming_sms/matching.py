"""What an SMS is about, and whose desk it is."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from accounts.models import Territory
from notifications.models import Message, Notice
from tickets.complaints.models import Ticket
from tickets.complaints.references import read_reference
from tickets.incoming_sms.models import IncomingSms
from tickets.staff_complaints.models import StaffComplaint

ANSWERED_WITHIN = timedelta(days=7)
"""After that nobody answers what we said: they write of their own accord."""
WORD = re.compile(r"[0-9A-Za-z]+(?:-[0-9A-Za-z]+)?")


@dataclass(frozen=True, slots=True)
class Meant:
    """What is known of it."""

    ticket: Ticket | None = None
    territory: Territory | None = None
    staff_complaint: StaffComplaint | None = None


def meant_by(sms: IncomingSms, *, at: datetime) -> Meant:
    """The sender's ticket whose reference they write; or of which our last SMS to them told; or their only open one.

    Theirs are those whose resident they are and, where nobody is registered, whose contact. Whatever answers an SMS
    about a complaint about staff stays with that, as the one concerned may read all else.
    """
    last = _last_told(sms, at=at)
    if last is not None and last.subject_collection == "staff_complaints":
        complaint = StaffComplaint.objects.select_related("territory").get(pk=last.subject_id)
        return Meant(territory=complaint.territory, staff_complaint=complaint)
    every = Ticket.objects.select_related("territory")
    theirs = every.filter(Q(resident=sms.person) if sms.person else Q(resident=None, contact_phone=sms.sender))
    ticket = theirs.filter(reference__in=_references(sms.text)).first()
    if ticket is None and last is not None and last.ticket_id is not None:
        ticket = every.filter(pk=last.ticket_id).first()
    if ticket is None:
        still_open = list(theirs.filter(status__in=Ticket.OPEN)[:2])
        ticket = still_open[0] if len(still_open) == 1 else None
    if ticket is not None:
        return Meant(ticket, ticket.territory)
    if last is not None and last.territory_id is not None:
        return Meant(territory=Territory.objects.get(pk=last.territory_id))
    newest = theirs.order_by("-reported_at", "-pk").first()
    return Meant(territory=newest.territory if newest else None)


def awaited_of(sms: IncomingSms, *, at: datetime) -> Notice | None:
    """What its sender was told by SMS last of all that they have not acknowledged."""
    return _last_told(sms, at=at, notice__wants_ack=True, notice__acknowledged_at=None)


def _last_told(sms: IncomingSms, *, at: datetime, **besides: Any) -> Notice | None:
    """Of what our last SMS to its sender told, if that may still be answered."""
    if sms.person is None:
        return None
    told = Message.objects.filter(
        notice__user=sms.person,
        notice__created_at__gt=at - ANSWERED_WITHIN,
        channel=Message.Channel.SMS,
        address=sms.sender,
        status=Message.Status.SENT,
        **besides,
    )
    last = told.select_related("notice").order_by("-sent_at", "-pk").first()
    return last.notice if last else None


def _references(text: str) -> set[str]:
    """All that could be one."""
    return {reference for word in WORD.findall(text) if (reference := read_reference(word))}
