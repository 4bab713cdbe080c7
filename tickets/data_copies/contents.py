"""What is in a copy. Each section is a file of the ZIP: what the person would be shown of it over HTTP."""

from collections.abc import Callable
from typing import Any

from django.db.models import Q, QuerySet

from accounts.consents.selectors import consents_of
from accounts.consents.serializers import ConsentOutput
from accounts.models import User
from accounts.people.serializers import UserOutput
from notifications.choices.serializers import NoticeChoicesOutput
from notifications.models import Notice, NoticeChoices
from notifications.notices.serializers import NoticeOutput
from sync.models import Conflict, Device
from tickets.attachments.models import Attachment
from tickets.attachments.serializers import AttachmentOutput
from tickets.attendance.models import AttendanceCorrection, AttendanceDay
from tickets.audiences import RESIDENT
from tickets.bills.models import Bill
from tickets.bills.selectors import with_shown as bills_with_shown
from tickets.bills.serializers import BillOutput
from tickets.callbacks.models import Callback
from tickets.calls.models import Call
from tickets.complaints.models import Note, Ticket, TicketEvent
from tickets.complaints.selectors import notes_with_shown, with_people
from tickets.complaints.serializers import EventOutput, MessageOutput, TicketOutput
from tickets.erasures.models import Erasure
from tickets.households.models import AccountEvent, AccountOffer
from tickets.households.serializers import OfferOutput
from tickets.incoming_sms.models import IncomingSms
from tickets.payments.models import Payment, PaymentLink
from tickets.payments.serializers import LinkOutput, PaymentOutput
from tickets.quotes.models import Quote
from tickets.quotes.selectors import with_shown as quotes_with_shown
from tickets.quotes.serializers import QuoteOutput
from tickets.ratings.models import VisitRating
from tickets.recoveries.models import Recovery
from tickets.recoveries.serializers import RecoveryOutput
from tickets.refunds.models import Refund
from tickets.refunds.selectors import decided
from tickets.refunds.selectors import with_shown as refunds_with_shown
from tickets.refunds.serializers import RefundOutput
from tickets.shifts.models import Absence, Shift
from tickets.sites.models import Asset, ServiceAccount, Site, bound_by
from tickets.sites.serializers import AccountOutput, AssetOutput, SiteOutput
from tickets.staff_complaints.models import StaffComplaint
from tickets.staff_complaints.selectors import with_shown as staff_complaints_with_shown
from tickets.staff_complaints.serializers import StaffComplaintOutput
from tickets.visits.models import CheckIn, Visit
from tickets.visits.selectors import with_shown as visits_with_shown
from tickets.visits.serializers import VisitOutput
from tickets.windows.models import ChosenWindow

Section = Callable[[User], Any]
AS_RESIDENT = {"audience": RESIDENT}


def _tickets(person: User) -> QuerySet[Ticket]:
    return Ticket.objects.filter(resident=person)


def _timelines(person: User) -> Any:
    events = TicketEvent.objects.filter(ticket__in=_tickets(person), public=True).order_by("occurred_at", "id")
    shown = EventOutput(context=AS_RESIDENT)
    return [{"ticket_id": event.ticket_id, **shown.to_representation(event)} for event in events]


def _messages(person: User) -> Any:
    messages = Note.objects.filter(ticket__in=_tickets(person), kind=Note.Kind.MESSAGE)
    return MessageOutput(notes_with_shown(messages), many=True, context=AS_RESIDENT).data


def _theirs(person: User) -> Q:
    """Condition on calls and bills: theirs, or nobody's whom we know and about a complaint of theirs."""
    return Q(resident=person) | Q(resident=None, ticket__in=_tickets(person))


def _values(rows: QuerySet[Any], *fields: str) -> Any:
    return list(rows.values(*fields))


def attachments_of(person: User) -> QuerySet[Attachment]:
    """What was attached to their complaints, and is for them to see."""
    return Attachment.objects.filter(ticket__in=_tickets(person), internal=False).select_related("ticket", "file")


SECTIONS: dict[str, Section] = {
    "profile": lambda person: UserOutput(person, context=AS_RESIDENT).data,
    "devices": lambda person: _values(Device.objects.filter(user=person), "id", "name", "platform"),
    "consents": lambda person: ConsentOutput(consents_of(person), many=True).data,
    "notice_choices": lambda person: NoticeChoicesOutput(NoticeChoices.objects.filter(person=person), many=True).data,
    "accounts": lambda person: AccountOutput(
        ServiceAccount.objects.filter(bound_by(person.pk)), many=True, context=AS_RESIDENT
    ).data,
    "account_offers": lambda person: OfferOutput(
        AccountOffer.objects.filter(offered_by=person).select_related("account", "offered_by"), many=True
    ).data,
    "sites": lambda person: SiteOutput(
        Site.objects.filter(Q(accounts__in=ServiceAccount.objects.filter(bound_by(person.pk)))).distinct(),
        many=True,
        context=AS_RESIDENT,
    ).data,
    "assets": lambda person: AssetOutput(
        Asset.objects.filter(bound_by(person.pk, "account__")), many=True, context=AS_RESIDENT
    ).data,
    "tickets": lambda person: TicketOutput(with_people(_tickets(person)), many=True, context=AS_RESIDENT).data,
    "timelines": _timelines,
    "messages": _messages,
    "visits": lambda person: VisitOutput(
        visits_with_shown(Visit.objects.filter(ticket__in=_tickets(person))), many=True, context=AS_RESIDENT
    ).data,
    "attachments": lambda person: AttachmentOutput(attachments_of(person), many=True, context=AS_RESIDENT).data,
    "notices": lambda person: NoticeOutput(
        Notice.objects.filter(user=person), many=True, context={"language": person.language}
    ).data,
    "windows": lambda person: _values(
        ChosenWindow.objects.filter(ticket__in=_tickets(person)), "ticket_id", "window_start", "window_end", "chosen_at"
    ),
    "calls": lambda person: _values(
        Call.objects.filter(_theirs(person), corrected_by=None),
        "id", "ticket_id", "direction", "result", "question", "answer", "caller_name", "caller_number",
        "started_at", "ended_at",
    ),
    "callbacks": lambda person: _values(
        Callback.objects.filter(_theirs(person)),
        "id", "ticket_id", "state", "question", "contact_name", "contact_number", "promised_at", "due_at",
        "first_called_at", "ended_at", "outcome",
    ),
    "sms": lambda person: _values(
        IncomingSms.objects.filter(person=person), "id", "ticket_id", "sender", "text", "received_at"
    ),
    "quotes": lambda person: QuoteOutput(
        quotes_with_shown(Quote.objects.filter(ticket__in=_tickets(person))), many=True, context=AS_RESIDENT
    ).data,
    "bills": lambda person: BillOutput(
        bills_with_shown(Bill.objects.filter(_theirs(person))), many=True
    ).data,
    "payments": lambda person: PaymentOutput(
        Payment.objects.filter(ticket__in=_tickets(person)), many=True, context=AS_RESIDENT
    ).data,
    "payment_links": lambda person: LinkOutput(
        PaymentLink.objects.filter(ticket__in=_tickets(person)), many=True
    ).data,
    "refunds": lambda person: RefundOutput(
        decided(refunds_with_shown(Refund.objects.filter(ticket__in=_tickets(person)))), many=True, context=AS_RESIDENT
    ).data,
    "staff_complaints": lambda person: StaffComplaintOutput(
        staff_complaints_with_shown(StaffComplaint.objects.filter(resident=person)), many=True
    ).data,
    "recoveries": lambda person: RecoveryOutput(
        Recovery.objects.filter(person=person).select_related("person", "asked_by", "decided_by"),
        many=True,
        context={"viewer": person},
    ).data,
    "erasures": lambda person: _values(
        Erasure.objects.filter(person=person), "id", "status", "asked_at", "due_at", "decided_at"
    ),
    "account_history": lambda person: _values(
        AccountEvent.objects.filter(Q(person=person) | Q(actor=person) | Q(on_behalf_of=person)),
        "id", "account_id", "kind", "occurred_at",
    ),
    "check_ins": lambda person: _values(
        CheckIn.objects.filter(technician=person),
        "id", "visit_id", "kind", "latitude", "longitude", "accuracy_m", "occurred_at",
    ),
    "shifts": lambda person: _values(
        Shift.objects.filter(technician=person).exclude(state=Shift.State.DRAFT),
        "id", "territory_id", "kind", "state", "starts_at", "ends_at", "note",
    ),
    "absences": lambda person: _values(
        Absence.objects.filter(technician=person),
        "id", "kind", "state", "starts_at", "ends_at", "reason", "asked_at", "answer",
    ),
    "attendance": lambda person: _values(
        AttendanceDay.objects.filter(technician=person),
        "id", "day", "state", "planned_from", "planned_until", "came_at", "left_at", "late_s", "early_s", "overtime_s",
    ),
    "attendance_corrections": lambda person: _values(
        AttendanceCorrection.objects.filter(day__technician=person),
        "id", "day_id", "came_at", "left_at", "excused", "reason", "corrected_at", "withdrawn_at",
    ),
    "visit_ratings": lambda person: _values(
        VisitRating.objects.filter(visit__technician=person),
        "id", "visit_id", "score", "reasons", "comment", "occurred_at",
    ),
    "conflicts": lambda person: _values(
        Conflict.objects.filter(device_by=person),
        "id", "collection", "doc_id", "field", "device_value", "occurred_at", "status",
    ),
}  # fmt: skip
