"""HTTP: requisitions, for those who ask and those who decide."""

from collections.abc import Callable
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from parts.requisitions import selectors, services
from parts.requisitions.filters import RequisitionFilter
from parts.requisitions.models import Requisition
from parts.requisitions.serializers import (
    ApproveRequisitionInput,
    RejectRequisitionInput,
    ReleaseRequisitionInput,
    RequisitionOutput,
    SubmitRequisitionInput,
)
from sync.http import actor_of, perform
from sync.serializing import Form


@extend_schema(tags=["parts"])
class RequisitionViewSet(ListModelMixin, RetrieveModelMixin, GenericViewSet[Requisition]):
    """What somebody asks for."""

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
        requisition = perform(request, SubmitRequisitionInput, services.submit_requisition)
        return self._answer(requisition, status.HTTP_201_CREATED)

    @extend_schema(operation_id="requisitions_cancel", request=None, responses=RequisitionOutput)
    def cancel(self, request: Request, pk: UUID) -> Response:
        """Withdraw what one asked for."""
        return self._step(request, None, services.cancel_requisition, pk)

    @extend_schema(operation_id="requisitions_approve", request=ApproveRequisitionInput, responses=RequisitionOutput)
    def approve(self, request: Request, pk: UUID) -> Response:
        """Approve what somebody else asked for: all of it, or less of some lines."""
        return self._step(request, ApproveRequisitionInput, services.approve_requisition, pk)

    @extend_schema(operation_id="requisitions_reject", request=RejectRequisitionInput, responses=RequisitionOutput)
    def reject(self, request: Request, pk: UUID) -> Response:
        """Say no to what somebody else asked for, and why."""
        return self._step(request, RejectRequisitionInput, services.reject_requisition, pk)

    @extend_schema(operation_id="requisitions_release", request=ReleaseRequisitionInput, responses=RequisitionOutput)
    def release(self, request: Request, pk: UUID) -> Response:
        """Write the transfer that brings what was approved."""
        return self._step(request, ReleaseRequisitionInput, services.release_requisition, pk)

    def _step(
        self, request: Request, form: type[Form] | None, command: Callable[..., Requisition], pk: UUID
    ) -> Response:
        return self._answer(perform(request, form, command, requisition_id=pk))

    def _answer(self, requisition: Requisition, code: int = status.HTTP_200_OK) -> Response:
        shown = self.get_queryset().get(pk=requisition.pk)
        return Response(RequisitionOutput(shown).data, status=code)
