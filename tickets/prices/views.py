"""HTTP: the price list. Read by staff, written by administrators."""

from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from fieldsvc.time import now
from sync.http import actor_of, perform
from tickets.prices import access, selectors, services
from tickets.prices import serializers as forms
from tickets.prices.filters import ItemFilter, PriceFilter
from tickets.prices.models import Price, PriceItem


@extend_schema(tags=["charges"])
class PriceItemViewSet(ListModelMixin, RetrieveModelMixin, GenericViewSet[PriceItem]):
    """What customers can be charged for."""

    queryset = PriceItem.objects.none()
    serializer_class = forms.ItemOutput
    filterset_class = ItemFilter
    search_fields = ["code", "name", "name_zh"]
    ordering_fields = ["code", "name"]
    ordering = ["code"]

    def get_queryset(self) -> QuerySet[PriceItem]:
        return access.visible_items(actor_of(self.request).user)

    @extend_schema(operation_id="price_items_create", request=forms.CreateItemInput, responses={201: forms.ItemOutput})
    def create(self, request: Request) -> Response:
        """Add an item."""
        item = perform(request, forms.CreateItemInput, services.create_item)
        return Response(forms.ItemOutput(item).data, status=status.HTTP_201_CREATED)

    @extend_schema(operation_id="price_items_change", request=forms.ChangeItemInput, responses=forms.ItemOutput)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Call it something else."""
        return Response(
            forms.ItemOutput(perform(request, forms.ChangeItemInput, services.change_item, item_id=pk)).data
        )


@extend_schema(tags=["charges"])
class PriceViewSet(ListModelMixin, RetrieveModelMixin, GenericViewSet[Price]):
    """What items cost, where and when."""

    queryset = Price.objects.none()
    serializer_class = forms.PriceOutput
    filterset_class = PriceFilter
    search_fields = ["item__code", "item__name", "item__name_zh"]
    ordering_fields = ["valid_from", "amount"]
    ordering = ["-valid_from"]

    def get_queryset(self) -> QuerySet[Price]:
        return selectors.with_shown(access.visible_prices(actor_of(self.request).user))

    @extend_schema(operation_id="prices_set", request=forms.SetPriceInput, responses={201: forms.PriceOutput})
    def create(self, request: Request) -> Response:
        """Say what an item costs from a day on; the price of before ends there."""
        price = perform(request, forms.SetPriceInput, services.set_price)
        return Response(forms.PriceOutput(price).data, status=status.HTTP_201_CREATED)

    @extend_schema(operation_id="prices_end", request=forms.EndPriceInput, responses=forms.PriceOutput)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Let a price end on another day."""
        return Response(forms.PriceOutput(perform(request, forms.EndPriceInput, services.end_price, price_id=pk)).data)

    @extend_schema(operation_id="prices_delete", responses={204: None})
    def destroy(self, request: Request, pk: UUID) -> Response:
        """Take back a price that has not begun."""
        services.delete_price(actor=actor_of(request), occurred_at=now(), price_id=pk)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(
        operation_id="prices_import",
        request=forms.ImportPricesInput,
        responses={201: forms.PriceOutput(many=True)},
        filters=False,
    )
    def import_prices(self, request: Request) -> Response:
        """Set all prices of a CSV, or none of them."""
        prices = perform(request, forms.ImportPricesInput, services.import_prices)
        return Response(forms.PriceOutput(prices, many=True).data, status=status.HTTP_201_CREATED)
