"""HTTP: where books and shelf disagree."""

from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from parts.discrepancies import access, services
from parts.discrepancies.filters import DiscrepancyFilter
from parts.discrepancies.models import Discrepancy
from parts.discrepancies.serializers import DiscrepancyOutput, SettleDiscrepancyInput
from parts.views import PaperViewSet
from sync.http import actor_of


@extend_schema(tags=["parts"])
class DiscrepancyViewSet(PaperViewSet[Discrepancy]):
    """What the books say could not happen, each with an owner who finds out why."""

    paper_id = "discrepancy_id"
    queryset = Discrepancy.objects.none()
    serializer_class = DiscrepancyOutput
    filterset_class = DiscrepancyFilter
    search_fields = ["part__number", "part__name", "serial", "location__code"]
    ordering_fields = ["opened_at", "settled_at"]
    ordering = ["-opened_at"]

    def get_queryset(self) -> QuerySet[Discrepancy]:
        return access.visible_discrepancies(actor_of(self.request).user).select_related(
            "location", "part", "transfer_line", "stocktake_line"
        )

    @extend_schema(operation_id="discrepancies_settle", request=SettleDiscrepancyInput, responses=DiscrepancyOutput)
    def settle(self, request: Request, pk: UUID) -> Response:
        """Say how it came about; a late receipt takes back what was found."""
        return self.step(request, SettleDiscrepancyInput, services.settle_discrepancy, pk)
