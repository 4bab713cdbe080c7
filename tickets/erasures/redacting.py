"""How a person goes out of the records: the one place where rows that record what happened are rewritten.

What the person has written goes altogether. What others have written about their complaints stays, and their name,
phone numbers, e-mail address and the address that they told are struck out of it. What counts for the trade (which
fault, when, how it was repaired, with which parts, within which time, for how much) stays as it was.

Tables that are append only have a trigger that refuses to change them. Here, and nowhere else, these triggers are put
aside by name (`GUARDS`), for the length of the transaction. The triggers that feed phones go on: what technicians and
desks carry is replaced by what is left.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import pgtrigger
from django.db.models import Model, Q, QuerySet

from accounts.models import Consent, OneTimeCode, SignInHit, User
from accounts.people.masking import BETWEEN_DIGITS, OF_A_WORD
from notifications.models import Message, Notice, NoticeChoices, PushSubscription
from sync.audit.models import AuditEntry
from sync.models import Conflict, Device, Receipt
from sync.uploads.models import Upload
from tickets.attachments.models import Attachment
from tickets.bills.models import Bill
from tickets.callbacks.models import Callback, CallbackEvent
from tickets.calls.models import Call
from tickets.complaints.models import Note, Rating, Ticket, TicketEvent
from tickets.data_copies.models import DataCopy
from tickets.data_copies.services import forget
from tickets.duplicates.models import ToldApart
from tickets.erasures.models import Erasure
from tickets.escalations.models import Escalation
from tickets.handovers.models import HandOver
from tickets.households.models import AccountEvent, AccountOffer, BindingCode
from tickets.incoming_sms.models import IncomingSms
from tickets.inspections.models import Inspection
from tickets.installations.models import Installation
from tickets.payments.models import Payment
from tickets.quotes.models import ConsentGap, Quote
from tickets.ratings.models import VisitRating
from tickets.recoveries.models import Recovery
from tickets.refunds.models import Refund, Repayment
from tickets.samples.models import Finding, Review
from tickets.service_types.models import ServiceType
from tickets.sites.models import ServiceAccount, Site, bound_by
from tickets.staff_complaints.models import StaffComplaint, StaffComplaintEvent
from tickets.visits.models import Visit
from tickets.warranties.models import Warranty

GONE = "…"
GUARDS = (
    "sync.AuditEntry:append_only",
    "accounts.Consent:append_only",
    "tickets.AccountEvent:append_only",
    "tickets.Bill:append_only",
    "tickets.Call:append_only",
    "tickets.CallbackEvent:append_only",
    "tickets.Finding:append_only",
    "tickets.Note:append_only",
    "tickets.Payment:append_only",
    "tickets.Rating:append_only",
    "tickets.VisitRating:append_only",
    "tickets.Recovery:facts_stay",
    "tickets.Review:append_only",
    "tickets.StaffComplaintEvent:append_only",
    "tickets.TicketEvent:append_only",
)
"""The triggers that are put aside."""
NUMBER = re.compile(r"(\+?[0-9(][0-9 ()./-]{6,}?) *(?:(?:ext\.?|x|#|转) *[0-9]{1,6})?", re.IGNORECASE)
"""A telephone number as it is stored: in the usual form or, with an extension, as it was said."""
FEWEST_DIGITS = 7
"""Fewer are the number of a house."""
WIDE = {ord(digit): f"[{digit}{chr(ord(digit) + 0xFEE0)}]" for digit in "0123456789"}
"""A digit may be written in a wide character, too."""


class Identity:
    """By what a person is known in what others have written."""

    def __init__(self, person: User) -> None:
        tickets = Ticket.objects.filter(resident=person)
        told = tickets.values_list("contact_name", "contact_phone", "address")
        accounts = ServiceAccount.objects.filter(holder=person).values_list("holder_name", "phone")
        words = {person.name, person.phone or "", person.email, *_phones(person)}
        for row in (*told, *accounts):
            words.update(row)
        self.accounts = list(ServiceAccount.objects.filter(bound_by(person.pk)).values_list("pk", flat=True))
        # Others say only a part of a name.
        names = {person.name, *(row[0] for row in (*told, *accounts))}
        words |= {part for name in names for part in name.split()}
        self.patterns = [_pattern(word) for word in sorted(words, key=len, reverse=True) if _tells_somebody(word)]

    def struck_out(self, value: Any) -> Any:
        """The value without them, however deep they stand in it."""
        if isinstance(value, str):
            for pattern in self.patterns:
                value = pattern.sub(GONE, value)
            return value
        if isinstance(value, Mapping):
            return {name: self.struck_out(part) for name, part in value.items()}
        if isinstance(value, list):
            return [self.struck_out(part) for part in value]
        return value


def _tells_somebody(word: str) -> bool:
    """Shorter words would be found in everything; Chinese names are short."""
    return len(word.strip()) >= (3 if word.isascii() else 2)


def _pattern(word: str) -> re.Pattern[str]:
    """The word in any case and not within another one; a number however it is spelled, with its country or without."""
    number = NUMBER.fullmatch(word)
    digits = re.sub("[^0-9+]", "", number[1]).removeprefix("+86").removeprefix("+") if number else ""
    if len(digits) >= FEWEST_DIGITS:
        between = rf"(?:{BETWEEN_DIGITS}|\s)*"
        return re.compile(rf"([+＋]\d{{1,3}}{between})?" + between.join(digit.translate(WIDE) for digit in digits))
    before, after = (f"(?<!{OF_A_WORD})", f"(?!{OF_A_WORD})") if word.isascii() else ("", "")
    return re.compile(f"{before}{re.escape(word)}{after}", re.IGNORECASE)


KEPT_OF_EVENTS = frozenset(
    {"reference", "priority", "days", "resolution", "resolution_zh", "score", "kind", "direction", "result", "call"}
    | {"note", "message", "attachment", "technician", "quantity", "part", "part_zh", "visit"}
)
"""What is kept of an event that the person has caused: codes, numbers and ids. All else are their own words."""
IN_THEIR_WORDS = ("ticket_opened", "call_logged", "call_corrected")
"""Kinds of events that tell what they said, whoever wrote it down."""

SAID_AT_VISITS = (
    "override_reason",
    "diagnosis",
    "checklist_answers",
    "no_signature_reason",
    "incomplete_reason",
    "parts_needed",
    "decline_reason",
    "cancel_reason",
)

SAID_OF_STAFF = ("text", "contact_name", "contact_number", "reply", "answer", "withdrawal_reason")


def redact(person: User, identity: Identity, *, at: datetime) -> dict[str, int]:
    """The person goes out of everything; answers how many rows of each table were changed. Part of commands."""
    tickets = Ticket.objects.filter(resident=person)
    ids = list(tickets.values_list("pk", flat=True))
    phones = [phone for phone in {person.phone, *_phones(person)} if phone]
    by_them = Q(actor=person) | Q(on_behalf_of=person) | Q(kind__in=IN_THEIR_WORDS)
    counts: dict[str, int] = {}
    with pgtrigger.ignore(*GUARDS):
        counts["tickets"] = _rewrite(tickets.select_related("service_type"), _ticket, identity)
        events = TicketEvent.objects.filter(ticket__in=ids)
        counts["events"] = _rewrite(events.filter(by_them), _own_event, identity)
        counts["events"] += _strike(events.exclude(by_them), identity, "data")
        theirs = Q(author=person) | Q(on_behalf_of=person)
        counts["notes"] = Note.objects.filter(theirs).update(text=GONE)
        counts["notes"] += _strike(Note.objects.filter(ticket__in=ids).exclude(theirs), identity, "text")
        counts["ratings"] = Rating.objects.filter(ticket__in=ids).exclude(comment="").update(comment="")
        attached = Attachment.objects.filter(ticket__in=ids)
        apart = ToldApart.objects.filter(Q(one__in=ids) | Q(other__in=ids))
        counts["told_apart"] = _strike(apart, identity, "reason")
        counts["attachments"] = attached.filter(author=person).exclude(caption="").update(caption="")
        counts["attachments"] += attached.exclude(signed_by="").update(signed_by=GONE)
        counts["attachments"] += _strike(attached.exclude(author=person), identity, "caption", "withdrawal_reason")
        counts["calls"] = Call.objects.filter(Q(resident=person) | Q(ticket__in=ids)).update(
            caller_name="", caller_number="", question=GONE, answer=""
        )
        written = IncomingSms.objects.filter(Q(person=person) | Q(ticket__in=ids) | Q(sender__in=phones))
        sms = IncomingSms.objects.filter(pk__in=list(written.values_list("pk", flat=True)))
        counts["sms"] = sms.update(sender=GONE, text=GONE)
        counts["sms"] += _strike(sms, identity, "outcome")
        callbacks = Callback.objects.filter(Q(resident=person) | Q(ticket__in=ids))
        counts["callbacks"] = callbacks.update(contact_name="", contact_number="", question=GONE)
        callbacks.exclude(outcome="").update(outcome=GONE)
        counts["callbacks"] += _strike(CallbackEvent.objects.filter(callback__in=callbacks), identity, "reason")
        about_staff = StaffComplaint.objects.filter(Q(resident=person) | Q(ticket__in=ids))
        counts["staff_complaints"] = about_staff.filter(resident=person).update(
            text=GONE, contact_name="", contact_number=""
        )
        about_staff.filter(resident=person).exclude(withdrawal_reason="").update(withdrawal_reason=GONE)
        counts["staff_complaints"] += _strike(about_staff, identity, *SAID_OF_STAFF)
        of_them = StaffComplaintEvent.objects.filter(complaint__in=about_staff)
        of_them.filter(actor=person).exclude(text="").update(text=GONE)
        _strike(of_them, identity, "text")
        handed = HandOver.objects.filter(Q(matters__ticket__in=ids) | Q(matters__callback__in=callbacks)).values("pk")
        counts["hand_overs"] = _strike(HandOver.objects.filter(pk__in=handed), identity, "note", "answer")
        quotes = Quote.objects.filter(ticket__in=ids)
        counts["quotes"] = quotes.exclude(signed_by="", answer_note="").update(signed_by=GONE, answer_note="")
        counts["bills"] = Bill.objects.filter(ticket__in=ids).update(customer_name=GONE, address="")
        counts["consent_gaps"] = _strike(ConsentGap.objects.filter(ticket__in=ids), identity, "note")
        counts["escalations"] = _strike(Escalation.objects.filter(ticket__in=ids), identity, "note")
        counts["installations"] = _strike(Installation.objects.filter(ticket__in=ids), identity, "note")
        counts["inspections"] = _strike(Inspection.objects.filter(ticket__in=ids), identity, "skip_reason")
        counts["warranties"] = _strike(Warranty.objects.filter(ticket__in=ids), identity, "fault")
        counts["refunds"] = _strike(Refund.objects.filter(ticket__in=ids), identity, "reason", "decision_note")
        counts["refunds"] += _strike(Repayment.objects.filter(refund__ticket__in=ids), identity, "note", "last_error")
        counts["payments"] = _strike(Payment.objects.filter(ticket__in=ids), identity, "note")
        reviews = Review.objects.filter(sampled__ticket__in=ids)
        counts["reviews"] = _strike(reviews, identity, "note")
        findings = Finding.objects.filter(review__in=reviews)
        own_words = Q(field=Finding.Field.SIGNATURE) | Q(field=Finding.Field.ADDRESS)
        findings.filter(own_words).exclude(recorded="").update(recorded=GONE)
        findings.filter(own_words).exclude(told="").update(told=GONE)
        counts["findings"] = _strike(findings, identity, "recorded", "told")
        visits = Visit.objects.filter(ticket__in=ids)
        counts["visits"] = visits.exclude(signed_by="").update(signed_by=GONE)
        counts["visits"] += _strike(visits, identity, *SAID_AT_VISITS)
        counts["visit_ratings"] = _strike(VisitRating.objects.filter(visit__in=visits), identity, "comment")
        places = Site.objects.filter(Q(tickets__in=ids) | bound_by(person.pk, "accounts__"))
        counts["sites"] = _strike(Site.objects.filter(pk__in=places.values("pk")), identity, "access_notes")
        counts["accounts"] = _leave_accounts(person, identity, at=at)
        counts["consents"] = Consent.objects.filter(person=person).update(address="")
        Erasure.objects.filter(person=person).update(checks=[])
        DataCopy.objects.filter(person=person).update(checks=[])
        counts["recoveries"] = Recovery.objects.filter(person=person).update(
            old_phone="", new_phone="", reason=GONE, stop_reason=""
        )
    PushSubscription.objects.filter(person=person).delete()
    NoticeChoices.objects.filter(person=person).delete()
    counts["notices"] = Notice.objects.filter(user=person).delete()[1].get("notifications.Notice", 0)
    of_callbacks = Q(subject_collection="callbacks", subject_id__in=callbacks.values("pk"))
    of_staff = Q(subject_collection="staff_complaints", subject_id__in=about_staff.values("pk"))
    of_sms = Q(subject_collection="incoming_sms", subject_id__in=sms.values("pk"))
    # They quote what was written.
    others = Notice.objects.filter(Q(ticket_id__in=ids) | of_callbacks | of_staff | of_sms)
    Message.objects.filter(notice__in=others).delete()
    counts["notices"] += others.update(body=GONE, body_zh=GONE, data={})
    _strike(others, identity, "title", "title_zh")
    addresses = [*phones, *([person.email] if person.email else [])]
    counts["messages"] = Message.objects.filter(address__in=addresses).delete()[0]
    values = ("base", "server_value", "device_value", "resolved_value", "detail")
    counts["conflicts"] = _strike(Conflict.objects.filter(doc_id__in=ids), identity, *values)
    counts["receipts"] = Receipt.objects.filter(user=person).update(data={}, answer={})
    counts["uploads"] = Upload.objects.filter(user=person).update(metadata="")
    counts["devices"] = Device.objects.filter(user=person).update(name="")
    OneTimeCode.objects.filter(phone__in=phones).delete()
    BindingCode.objects.filter(person=person).delete()
    SignInHit.objects.filter(key__in=[f"code for {phone}" for phone in phones]).delete()
    counts["copies"] = forget(DataCopy.objects.filter(person=person))
    return counts


SAID = frozenset(
    {"title", "details", "access_notes", "address", "question", "outcome", "text", "comment", "caption", "data"}
    | {"contact_name", "contact_phone", "contact_number", "holder_name", "signed_by", "detail", "base", "answer"}
    | {"server_value", "device_value", "resolved_value", "name", "phone", "email"}
)
"""Columns whose values the audit has told, and tells no more of these rows."""


def redact_audit(person: User, identity: Identity) -> int:
    """That something was changed, when and by whom, stays; what it was goes. After all else, which is audited, too."""
    ids = list(Ticket.objects.filter(resident=person).values_list("pk", flat=True))
    rows = {person.pk, *ids, *identity.accounts, *Device.objects.filter(user=person).values_list("pk", flat=True)}
    rows |= set(Callback.objects.filter(Q(resident=person) | Q(ticket__in=ids)).values_list("pk", flat=True))
    rows |= set(Conflict.objects.filter(doc_id__in=ids).values_list("pk", flat=True))
    rows |= set(
        Site.objects.filter(Q(tickets__in=ids) | Q(accounts__in=identity.accounts)).values_list("pk", flat=True)
    )
    by_them = Q(actor_id=person.pk) | Q(on_behalf_of_id=person.pk)
    entries = AuditEntry.objects.filter(by_them | Q(root_id__in=ids) | Q(row_id__in=[str(row) for row in rows]))
    with pgtrigger.ignore(*GUARDS):
        return _rewrite(entries, _entry, identity)


def _entry(entry: AuditEntry, identity: Identity) -> list[str]:
    entry.changes = {
        column: [GONE, GONE] if column in SAID else identity.struck_out(values)
        for column, values in entry.changes.items()
    }
    return ["changes"]


def _phones(person: User) -> Iterable[str]:
    for old, new in Recovery.objects.filter(person=person).values_list("old_phone", "new_phone"):
        yield from (old, new)


def _ticket(ticket: Ticket, identity: Identity) -> list[str]:
    """Which fault it was stays; who said so, where exactly, and in which words, goes. The site is the trade's own."""
    ticket.contact_name = ticket.contact_phone = ticket.access_notes = ticket.address = ""
    ticket.title = ticket.service_type.name
    ticket.details = _chosen(ticket.service_type, ticket.details)
    return ["contact_name", "contact_phone", "access_notes", "address", "title", "details"]


def _chosen(service_type: ServiceType, details: Mapping[str, Any]) -> dict[str, Any]:
    """Of the answers to a form, those that were chosen from a list, or are numbers or yes and no."""
    asked = service_type.form.get("properties", {})
    return {
        name: answer
        for name, answer in details.items()
        if "enum" in asked.get(name, {}) or isinstance(answer, bool | int | float)
    }


def _own_event(event: TicketEvent, identity: Identity) -> list[str]:
    event.data = {name: value for name, value in event.data.items() if name in KEPT_OF_EVENTS}
    return ["data"]


def _leave_accounts(person: User, identity: Identity, *, at: datetime) -> int:
    """Contracts stay, without a holder; what happened to them stays, without names."""
    accounts = ServiceAccount.objects.filter(bound_by(person.pk)).select_for_update()
    was_theirs = Q(data__before__holder=str(person.pk))
    _rewrite(AccountEvent.objects.filter(was_theirs), _without_name, identity)
    theirs = Q(person=person) | Q(actor=person) | Q(account__in=[account.pk for account in accounts])
    _strike(AccountEvent.objects.filter(theirs), identity, "data")
    AccountOffer.objects.filter(offered_by=person, status="open").update(status="withdrawn", decided_at=at)
    AccountOffer.objects.filter(Q(offered_by=person) | Q(phone=person.phone)).update(phone="")
    for account in accounts:
        if account.holder_id == person.pk:
            account.holder, account.holder_name, account.phone = None, "", ""
        account.household = [member for member in account.household if member != person.pk]
        account.save(update_fields=["holder", "holder_name", "phone", "household"])
    return len(accounts)


def _without_name(event: AccountEvent, identity: Identity) -> list[str]:
    """That somebody had the account before stays, and not who."""
    event.data = {**event.data, "before": {"holder": event.data["before"]["holder"]}}
    return ["data"]


def _strike(rows: QuerySet[Any], identity: Identity, *columns: str) -> int:
    """Strike the person out of these columns of what others have written."""

    def change(row: Model, identity: Identity) -> list[str]:
        changed = []
        for column in columns:
            before = getattr(row, column)
            after = identity.struck_out(before)
            if after != before:
                setattr(row, column, after)
                changed.append(column)
        return changed

    return _rewrite(rows, change, identity)


def _rewrite(rows: QuerySet[Any], change: Any, identity: Identity) -> int:
    changed = 0
    for row in rows.order_by("pk").iterator(chunk_size=500):
        if columns := change(row, identity):
            type(row)._base_manager.filter(pk=row.pk).update(**{name: getattr(row, name) for name in columns})
            changed += 1
    return changed
