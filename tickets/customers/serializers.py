"""The shape of a customer."""

from typing import Any

from rest_framework import serializers

from accounts.models import User
from accounts.people.contacts import WithContacts
from notifications.notices.serializers import NoticeOutput
from sync.serializing import Output
from tickets.bills.serializers import BillOutput
from tickets.callbacks.serializers import CallbackOutput
from tickets.calls.serializers import CallOutput
from tickets.complaints.serializers import MessageOutput, TicketOutput
from tickets.payments.serializers import PaymentOutput
from tickets.quotes.serializers import QuoteOutput
from tickets.refunds.serializers import RefundOutput
from tickets.sites.serializers import AccountOutput, AssetOutput, SiteOutput
from tickets.visits.serializers import VisitOutput


class ResidentOutput(WithContacts, serializers.ModelSerializer[User]):
    """A registered resident, and how to reach them."""

    CONTACTS = frozenset({"phone", "email"})

    class Meta:
        model = User
        fields = ["id", "name", "phone", "email", "language"]
        read_only_fields = fields


class CustomerOutput(Output, serializers.Serializer[Any]):
    """A customer: of everything the newest 20, and how many tickets there are."""

    people = ResidentOutput(many=True)
    sites = SiteOutput(many=True)
    accounts = AccountOutput(many=True)
    assets = AssetOutput(many=True)
    open_tickets = serializers.IntegerField(help_text="For which somebody still has to do something.")
    past_tickets = serializers.IntegerField(help_text="All others.")
    tickets = TicketOutput(many=True)
    visits = VisitOutput(many=True)
    messages = MessageOutput(many=True)
    calls = CallOutput(many=True)
    callbacks = CallbackOutput(many=True, help_text="Open ones, the first due first.")
    quotes = QuoteOutput(many=True, help_text="Those with status `shown` wait for an answer.")
    bills = BillOutput(many=True, help_text="With credit notes; what of each is outstanding.")
    payments = PaymentOutput(many=True)
    refunds = RefundOutput(many=True, help_text="With the ways on which they go.")
    notices = NoticeOutput(many=True, help_text="What the customer was told of these tickets.")
