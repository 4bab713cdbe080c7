"""HTTP: plans, service lives, and what is due by them."""

from datetime import UTC
from typing import Any
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
from tickets.inspections import access, selectors, services
from tickets.inspections import serializers as forms
from tickets.inspections.filters import InspectionFilter, LifeFilter, PlanFilter
from tickets.inspections.models import Inspection, InspectionPlan, ServiceLife


@extend_schema(tags=["inspections"])
class InspectionPlanViewSet(ListModelMixin, RetrieveModelMixin, GenericViewSet[InspectionPlan]):
    """What is inspected, and how often. Read by the desk, written by administrators."""

    queryset = InspectionPlan.objects.none()
    serializer_class = forms.PlanOutput
    filterset_class = PlanFilter
    search_fields = ["code", "name", "name_zh"]
    ordering_fields = ["code", "name"]
    ordering = ["code"]

    def get_queryset(self) -> QuerySet[InspectionPlan]:
        return access.visible_rules(InspectionPlan.objects.all(), actor_of(self.request).user)

    @extend_schema(
        operation_id="inspection_plans_create", request=forms.CreatePlanInput, responses={201: forms.PlanOutput}
    )
    def create(self, request: Request) -> Response:
        """Add a plan; its first tickets come within the hour."""
        plan = perform(request, forms.CreatePlanInput, services.create_plan)
        return Response(forms.PlanOutput(plan).data, status=status.HTTP_201_CREATED)

    @extend_schema(operation_id="inspection_plans_change", request=forms.ChangePlanInput, responses=forms.PlanOutput)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Change a plan; what was raised already is not raised again."""
        return Response(
            forms.PlanOutput(perform(request, forms.ChangePlanInput, services.change_plan, plan_id=pk)).data
        )

    @extend_schema(
        operation_id="inspection_plans_preview",
        request=forms.PreviewPlanInput,
        responses=forms.PlanPreviewOutput,
        filters=False,
    )
    def preview(self, request: Request) -> Response:
        """The next dates of a plan before it is saved, and for how much tickets would be raised now."""
        shown = perform(request, forms.PreviewPlanInput, selectors.preview)
        return Response(forms.PlanPreviewOutput(shown).data)

    @extend_schema(operation_id="inspection_plans_end", request=forms.EndPlanInput, responses=forms.EndedOutput)
    def end(self, request: Request, pk: UUID) -> Response:
        """End a plan, and say what becomes of its open tickets."""
        ended = perform(request, forms.EndPlanInput, services.end_plan, plan_id=pk)
        return Response(forms.EndedOutput(ended).data)

    @extend_schema(
        operation_id="inspection_plans_skip", request=forms.SkipComingInput, responses={201: forms.InspectionOutput}
    )
    def skip(self, request: Request, pk: UUID) -> Response:
        """Leave out an inspection that is still to come, for one piece of equipment or contract."""
        inspection = perform(request, forms.SkipComingInput, services.skip_coming_inspection, plan_id=pk)
        shown = forms.InspectionOutput(inspection, context={"today": now().astimezone(UTC).date()})
        return Response(shown.data, status=status.HTTP_201_CREATED)


@extend_schema(tags=["inspections"])
class ServiceLifeViewSet(ListModelMixin, RetrieveModelMixin, GenericViewSet[ServiceLife]):
    """How long components may serve. Read by the desk, written by administrators."""

    queryset = ServiceLife.objects.none()
    serializer_class = forms.LifeOutput
    filterset_class = LifeFilter
    search_fields = ["asset_kind", "component"]
    ordering_fields = ["asset_kind", "valid_from"]
    ordering = ["asset_kind"]

    def get_queryset(self) -> QuerySet[ServiceLife]:
        return access.visible_rules(ServiceLife.objects.all(), actor_of(self.request).user)

    @extend_schema(
        operation_id="service_lives_create", request=forms.CreateLifeInput, responses={201: forms.LifeOutput}
    )
    def create(self, request: Request) -> Response:
        """Say how long a component may serve."""
        life = perform(request, forms.CreateLifeInput, services.create_life)
        return Response(forms.LifeOutput(life).data, status=status.HTTP_201_CREATED)

    @extend_schema(operation_id="service_lives_change", request=forms.ChangeLifeInput, responses=forms.LifeOutput)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Change it, or let it end."""
        return Response(
            forms.LifeOutput(perform(request, forms.ChangeLifeInput, services.change_life, life_id=pk)).data
        )


@extend_schema(tags=["inspections"])
class InspectionViewSet(ListModelMixin, RetrieveModelMixin, GenericViewSet[Inspection]):
    """What is due, overdue, done or was skipped. For the desk."""

    queryset = Inspection.objects.none()
    serializer_class = forms.InspectionOutput
    filterset_class = InspectionFilter
    search_fields = ["ticket__reference", "asset__serial", "account__number"]
    ordering_fields = ["due_on"]
    ordering = ["due_on"]

    def get_queryset(self) -> QuerySet[Inspection]:
        return selectors.with_shown(access.visible_inspections(actor_of(self.request).user))

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "today": now().astimezone(UTC).date()}

    @extend_schema(operation_id="inspections_skip", request=forms.SkipInspectionInput, responses=forms.InspectionOutput)
    def skip(self, request: Request, pk: UUID) -> Response:
        """It is not done this time; its ticket is cancelled."""
        perform(request, forms.SkipInspectionInput, services.skip_inspection, inspection_id=pk)
        return Response(self.get_serializer(self.get_queryset().get(pk=pk)).data)
