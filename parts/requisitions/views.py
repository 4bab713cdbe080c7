"""HTTP: requisitions, for those who ask and those who decide."""

from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from parts.requisitions import proposing, selectors, services
from parts.requisitions.filters import RequisitionFilter
from parts.requisitions.models import Requisition
from parts.requisitions.serializers import (
    ApproveRequisitionInput,
    DropRestInput,
    ProposeInput,
    RejectRequisitionInput,
    ReleaseRequisitionInput,
    RequisitionOutput,
    SubmitRequisitionInput,
)
from parts.views import PaperViewSet
from sync.http import actor_of


@extend_schema(tags=["parts"])
class RequisitionViewSet(PaperViewSet[Requisition]):
    """What somebody asks for."""

    paper_id = "requisition_id"
    queryset = Requisition.objects.none()
    serializer_class = RequisitionOutput
    filterset_class = RequisitionFilter
    search_fields = ["reason", "location__code", "requested_by__name"]
    ordering_fields = ["occurred_at", "needed_by"]
    ordering = ["-occurred_at"]

    def get_queryset(self) -> QuerySet[Requisition]:
        return selectors.requisitions_for_lists(actor_of(self.request).user)

    @extend_schema(
        operation_id="requisitions_submit", request=SubmitRequisitionInput, responses={201: RequisitionOutput}
    )
    def create(self, request: Request) -> Response:
        """Ask for parts for one's van or depot."""
        return self.step(request, SubmitRequisitionInput, services.submit_requisition)

    @extend_schema(operation_id="requisitions_propose", request=ProposeInput, responses={201: RequisitionOutput})
    def propose(self, request: Request) -> Response:
        """Have it proposed now what fills a place up to its levels. Every hour it is proposed without asking."""
        return self.step(request, ProposeInput, proposing.propose_for)

    @extend_schema(operation_id="requisitions_cancel", request=None, responses=RequisitionOutput)
    def cancel(self, request: Request, pk: UUID) -> Response:
        """Withdraw what one asked for."""
        return self.step(request, None, services.cancel_requisition, pk)

    @extend_schema(operation_id="requisitions_approve", request=ApproveRequisitionInput, responses=RequisitionOutput)
    def approve(self, request: Request, pk: UUID) -> Response:
        """Approve what somebody else asked for: all of it, or of some lines less, or something instead."""
        return self.step(request, ApproveRequisitionInput, services.approve_requisition, pk)

    @extend_schema(operation_id="requisitions_reject", request=RejectRequisitionInput, responses=RequisitionOutput)
    def reject(self, request: Request, pk: UUID) -> Response:
        """Say no to what somebody else asked for, and why."""
        return self.step(request, RejectRequisitionInput, services.reject_requisition, pk)

    @extend_schema(operation_id="requisitions_release", request=ReleaseRequisitionInput, responses=RequisitionOutput)
    def release(self, request: Request, pk: UUID) -> Response:
        """Write a transfer that brings what was approved, or a part of it."""
        return self.step(request, ReleaseRequisitionInput, services.release_requisition, pk)

    @extend_schema(operation_id="requisitions_drop_rest", request=DropRestInput, responses=RequisitionOutput)
    def drop_rest(self, request: Request, pk: UUID) -> Response:
        """Say that what has not been sent by now does not follow, and why."""
        return self.step(request, DropRestInput, services.drop_rest, pk)
