"""HTTP: stock that is kept for visits. A visit has it kept, see `tickets/visits/`."""

from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from parts.allocations import selectors, services
from parts.allocations.filters import AllocationFilter
from parts.allocations.models import Allocation
from parts.allocations.serializers import AllocationOutput
from parts.views import PaperViewSet
from sync.http import actor_of


@extend_schema(tags=["parts"])
class AllocationViewSet(PaperViewSet[Allocation]):
    """What lies where for which visit."""

    paper_id = "allocation_id"
    queryset = Allocation.objects.none()
    serializer_class = AllocationOutput
    filterset_class = AllocationFilter
    search_fields = ["part__number", "part__name", "part__name_zh", "location__code"]
    ordering_fields = ["made_at"]
    ordering = ["-made_at"]

    def get_queryset(self) -> QuerySet[Allocation]:
        return selectors.allocations_for_lists(actor_of(self.request).user)

    @extend_schema(operation_id="stock_allocations_release", request=None, responses=AllocationOutput)
    def release(self, request: Request, pk: UUID) -> Response:
        """Give it free: the visit does not need it, or something else needs it more."""
        return self.step(request, None, services.release_allocation, pk)
