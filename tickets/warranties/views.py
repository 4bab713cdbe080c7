"""HTTP: the terms of warranty, and what is under warranty for a ticket."""

from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from fieldsvc.time import now
from sync.http import actor_of, perform
from tickets.prices.selectors import day_there
from tickets.warranties import access, selectors, services
from tickets.warranties import serializers as forms
from tickets.warranties.filters import WarrantyTermFilter
from tickets.warranties.models import WarrantyTerm


@extend_schema(tags=["charges"])
class WarrantyTermViewSet(ListModelMixin, RetrieveModelMixin, GenericViewSet[WarrantyTerm]):
    """For how long we answer for what."""

    queryset = WarrantyTerm.objects.none()
    serializer_class = forms.WarrantyTermOutput
    filterset_class = WarrantyTermFilter
    search_fields = ["service_type__name", "service_type__code", "part__number", "part__name"]
    ordering_fields = ["valid_from"]
    ordering = ["-valid_from"]

    def get_queryset(self) -> QuerySet[WarrantyTerm]:
        return selectors.terms_with_shown(access.visible_terms(actor_of(self.request).user))

    @extend_schema(
        operation_id="warranty_terms_set",
        request=forms.SetWarrantyTermInput,
        responses={201: forms.WarrantyTermOutput},
    )
    def create(self, request: Request) -> Response:
        """Say for how long we answer for something from a day on; the term of before ends there."""
        term = perform(request, forms.SetWarrantyTermInput, services.set_warranty_term)
        return Response(forms.WarrantyTermOutput(term).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        operation_id="warranty_terms_end", request=forms.EndWarrantyTermInput, responses=forms.WarrantyTermOutput
    )
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Let a term end on another day."""
        term = perform(request, forms.EndWarrantyTermInput, services.end_warranty_term, term_id=pk)
        return Response(forms.WarrantyTermOutput(term).data)

    @extend_schema(operation_id="warranty_terms_delete", responses={204: None})
    def destroy(self, request: Request, pk: UUID) -> Response:
        """Take back a term that has not begun."""
        services.delete_warranty_term(actor=actor_of(request), occurred_at=now(), term_id=pk)
        return Response(status=status.HTTP_204_NO_CONTENT)


@extend_schema(tags=["charges"])
class TicketWarrantiesView(APIView):
    """What the customer of a ticket need not pay for again."""

    @extend_schema(operation_id="tickets_warranties", responses=forms.WarrantyOutput(many=True))
    def get(self, request: Request, ticket_id: UUID) -> Response:
        """What is under warranty today where the ticket is. For the desk, and for technicians who follow it."""
        ticket = access.ticket_to_cover(actor_of(request), ticket_id)
        held = selectors.holding(ticket, selectors.warranties_around(ticket), day_there(ticket.territory, now()))
        return Response(forms.WarrantyOutput(held, many=True).data)
