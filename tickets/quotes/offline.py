"""Quotes on phones: shown, signed and refused without signal; with whoever works on the ticket, and its customer."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from rest_framework import serializers

from sync.registry import Body, Document, Meant, Operation, Write
from sync.serializing import body_of
from tickets.audiences import OUR_OWN_PEOPLE
from tickets.complaints.offline import of_ticket
from tickets.quotes import selectors, services
from tickets.quotes import serializers as forms
from tickets.quotes.models import Quote
from tickets.visits.selectors import technicians_of
from tickets.warranties.selectors import prepare_warranties


class AnswerQuoteOperation(forms.AnswerQuoteInput):
    """The same form as over HTTP, and the quote that stands in the path there."""

    quote_id = serializers.UUIDField()


class WithdrawQuoteOperation(forms.WithdrawQuoteInput):
    """The same."""

    quote_id = serializers.UUIDField()


OPERATIONS = {
    "quote.make": of_ticket(forms.MakeQuoteInput, services.make_quote, prepare_warranties),
    "quote.answer": Operation(AnswerQuoteOperation, services.answer_quote),
    "quote.withdraw": Operation(WithdrawQuoteOperation, services.withdraw_quote),
}


@dataclass(frozen=True, slots=True)
class QuoteRow:
    """A quote with the technicians of its ticket."""

    quote: Quote
    technicians: Collection[UUID]

    @property
    def pk(self) -> UUID:
        """The quote's."""
        return self.quote.pk


def load_quotes(ids: Collection[UUID]) -> Iterable[QuoteRow]:
    """The rows with their lines and the technicians of their tickets."""
    quotes = list(selectors.with_shown(Quote.objects.filter(pk__in=ids)))
    technicians = technicians_of({quote.ticket_id for quote in quotes})
    return [QuoteRow(quote, technicians.get(quote.ticket_id, set())) for quote in quotes]


def quote_followers(row: QuoteRow) -> list[str]:
    """The customer for ever; desk and technicians until the ticket is archived."""
    ticket = row.quote.ticket
    scopes = [f"resident:{ticket.resident_id}"] if ticket.resident_id else []
    if not ticket.archived:
        scopes.append(f"desk:{ticket.territory_id}")
        scopes.extend(sorted(f"technician:{person}" for person in row.technicians))
    return scopes


def render_quote(row: QuoteRow, audience: str) -> Body:
    """As over HTTP."""
    return body_of(forms.QuoteOutput, audience=audience)(row.quote)


def quote_meaning(write: Write) -> Iterator[Meant]:
    """A new quote is shown; who writes that it is accepted, declined or withdrawn says so."""
    if write.inserted:
        said = {"id": write.id, **write.values("ticket_id", "visit_id", "currency", "total", "note")}
        said["lines"] = forms.lines_of(write.values("lines").get("lines", []))
        yield Meant("quote.make", said, write.changed, write.values("occurred_at").get("occurred_at"))
        return
    status = write.values("status").get("status")
    if status in (Quote.Status.ACCEPTED, Quote.Status.DECLINED):
        said = {"quote_id": write.id, "accepted": status == Quote.Status.ACCEPTED}
        said |= write.values("signed_by", "signature_id")
        if note := write.values("answer_note"):
            said["note"] = note["answer_note"]
        fields = frozenset({"status", "signed_by", "signature_id", "answer_note"}) & write.changed
        yield Meant("quote.answer", said, fields, write.values("answered_at").get("answered_at"))
    elif status == Quote.Status.WITHDRAWN:
        said = {"quote_id": write.id}
        if reason := write.values("withdrawal_reason"):
            said["reason"] = reason["withdrawal_reason"]
        fields = frozenset({"status", "withdrawal_reason"}) & write.changed
        yield Meant("quote.withdraw", said, fields, write.values("withdrawn_at").get("withdrawn_at"))


DOCUMENTS = {
    "quotes": Document(
        load=load_quotes,
        followers=quote_followers,
        render=render_quote,
        alike=OUR_OWN_PEOPLE,
        meaning=quote_meaning,
        computed=frozenset({"reckoned_total", "flags", "received_at", "answered_at", "answered_how", "withdrawn_at"}),
        nested=frozenset({"lines"}),
    )
}
