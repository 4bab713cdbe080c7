"""HTTP: bills, the charges of a ticket, the books of a month."""

from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from accounts.models import Role, Territory
from accounts.people.access import require_role
from fieldsvc.errors import Invalid
from fieldsvc.tables import TableView, table_response, tables, wants_table
from sync.http import actor_of, perform
from sync.serializing import Input
from tickets.bills import access, selectors, services
from tickets.bills import serializers as forms
from tickets.bills.filters import BillFilter
from tickets.bills.models import Bill
from tickets.complaints.access import audience

BOOKKEEPERS = (Role.SUPERVISOR, Role.ADMINISTRATOR)


@extend_schema(tags=["charges"])
class BillViewSet(ListModelMixin, RetrieveModelMixin, GenericViewSet[Bill]):
    """Bills and credit notes: for residents their own, for others those of their work."""

    queryset = Bill.objects.none()
    serializer_class = forms.BillOutput
    filterset_class = BillFilter
    search_fields = ["number", "ticket__reference", "customer_name"]
    ordering_fields = ["issued_at", "total"]
    ordering = ["-issued_at"]

    def get_queryset(self) -> QuerySet[Bill]:
        return selectors.with_shown(access.visible_bills(actor_of(self.request).user))

    @extend_schema(operation_id="tickets_bill", request=forms.MakeBillInput, responses={201: forms.BillOutput})
    def create(self, request: Request, ticket_id: UUID) -> Response:
        """Bill what was agreed to and done. It also happens by itself, a minute after the ticket was resolved."""
        return self._answer(perform(request, forms.MakeBillInput, services.make_bill, ticket_id=ticket_id))

    @extend_schema(operation_id="bills_credit", request=forms.CreditBillInput, responses={201: forms.BillOutput})
    def credit(self, request: Request, pk: UUID) -> Response:
        """Put a bill right by a credit note beside it. For supervisors."""
        return self._answer(perform(request, forms.CreditBillInput, services.credit_bill, bill_id=pk))

    def _answer(self, bill: Bill) -> Response:
        shown = selectors.with_shown(Bill.objects.filter(pk=bill.pk)).get()
        return Response(forms.BillOutput(shown).data, status=status.HTTP_201_CREATED)


@extend_schema(tags=["charges"])
class TicketChargesView(APIView):
    """What stands between us and the customer of one ticket."""

    @extend_schema(operation_id="tickets_charges", responses=forms.ChargesOutput)
    def get(self, request: Request, ticket_id: UUID) -> Response:
        """Bills, payments, refunds, and the balance of it all."""
        actor = actor_of(request)
        ticket = access.ticket_to_see(actor, ticket_id)
        reader = audience(actor.user, ticket)
        charges = forms.ChargesOutput(selectors.charges_of(ticket, reader), context={"audience": reader})
        return Response(charges.data)


class BooksQuery(Input):
    """Which month of which territory."""

    territory = serializers.UUIDField()
    month = serializers.RegexField(r"^(20\d\d)-(0[1-9]|1[0-2])\Z", help_text="Such as 2026-11.")


class EntryOutput(serializers.Serializer[Any]):
    """One line of the books. `amount` is in the currency itself, not in minor units."""

    entry = serializers.CharField(help_text="bill, credit_note, payment, refund or compensation.")
    day = serializers.DateField()
    number = serializers.CharField()
    ticket = serializers.CharField()
    customer = serializers.CharField()
    method = serializers.CharField()
    amount = serializers.DecimalField(max_digits=15, decimal_places=None)
    currency = serializers.CharField()
    tax = serializers.DecimalField(max_digits=15, decimal_places=None, allow_null=True)
    corrects = serializers.CharField()
    note = serializers.CharField()
    flags = serializers.CharField(help_text="What is odd about a payment, with blanks between.")


@extend_schema(tags=["charges"])
class BooksView(TableView):
    """The books of a month."""

    @extend_schema(
        operation_id="charges_books",
        parameters=[BooksQuery, OpenApiParameter("format", str, enum=["json", "csv", "xlsx"])],
        responses=tables(EntryOutput(many=True)),
    )
    def get(self, request: Request) -> Response:
        """Every bill, credit note, payment and refund, for the bookkeeper. For supervisors and administrators."""
        query = BooksQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        actor, territory_id = actor_of(request), query.validated_data["territory"]
        require_role(actor, *BOOKKEEPERS)
        if not Territory.objects.filter(pk=territory_id).exists():
            raise Invalid("territory_unknown", "Choose one of the territories.", field="territory")
        require_role(actor, *BOOKKEEPERS, territory_id=territory_id)
        year, month = query.validated_data["month"].split("-")
        table = selectors.books(selectors.month_of(territory_id, date(int(year), int(month), 1)))
        if wants_table(request):
            return table_response(request, table)
        rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
        return Response(EntryOutput(rows, many=True).data)
