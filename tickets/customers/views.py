"""HTTP: one view of a customer, by a person, an account or a site."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from sync.http import actor_of
from tickets.clock.selectors import clock_summaries
from tickets.customers import access
from tickets.customers.selectors import overview
from tickets.customers.serializers import CustomerOutput


class _CustomerView(APIView):
    def answer(self, customer: access.Customer) -> Response:
        shown = overview(customer)
        reader = actor_of(self.request).user
        context = {
            "viewer": reader,
            "language": reader.language,
            "clocks": clock_summaries([ticket.pk for ticket in shown.tickets]),
        }
        return Response(CustomerOutput(shown, context=context).data)


class CustomerByPersonView(_CustomerView):
    """A registered resident. For the desk."""

    @extend_schema(operation_id="customers_by_person", tags=["tickets"], responses=CustomerOutput)
    def get(self, request: Request, person_id: UUID) -> Response:
        """Their contracts, with where and what that is, and all their complaints."""
        return self.answer(access.customer_by_person(actor_of(request), person_id))


class CustomerByAccountView(_CustomerView):
    """A contract. For the desk."""

    @extend_schema(operation_id="customers_by_account", tags=["tickets"], responses=CustomerOutput)
    def get(self, request: Request, account_id: UUID) -> Response:
        """Whose it is, with where and what that is, and all complaints under it."""
        return self.answer(access.customer_by_account(actor_of(request), account_id))


class CustomerBySiteView(_CustomerView):
    """A place. For the desk."""

    @extend_schema(operation_id="customers_by_site", tags=["tickets"], responses=CustomerOutput)
    def get(self, request: Request, site_id: UUID) -> Response:
        """Who has to do with it, what stands there, and all complaints from there."""
        return self.answer(access.customer_by_site(actor_of(request), site_id))
