"""HTTP: visits, check-ins and part uses."""

from collections.abc import Callable
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from parts.allocations.serializers import AllocationOutput
from parts.requisitions.selectors import requisitions_for_lists
from parts.requisitions.serializers import RequisitionOutput
from sync.http import actor_of, perform
from sync.serializing import Form
from tickets.audiences import ForViewer
from tickets.service_types.serializers import LikelyPartInVanOutput
from tickets.visits import access, crew, needs, selectors, services, shifts, swaps
from tickets.visits import serializers as forms
from tickets.visits.filters import CheckInFilter, PartUseFilter, VisitFilter
from tickets.visits.models import CheckIn, PartUse, Visit
from tickets.visits.serializers import CheckInOutput, PartUseOutput, SwapOutput, VisitOutput


@extend_schema(tags=["visits"])
class VisitViewSet(ForViewer, ListModelMixin, RetrieveModelMixin, GenericViewSet[Visit]):
    """Appointments, and the steps by which they go on."""

    queryset = Visit.objects.none()
    serializer_class = VisitOutput
    filterset_class = VisitFilter
    search_fields = ["ticket__reference", "ticket__title", "technician__name"]
    ordering_fields = ["window_start", "window_end"]
    ordering = ["window_start"]

    def get_queryset(self) -> QuerySet[Visit]:
        return selectors.with_shown(access.visible_visits(actor_of(self.request).user))

    def _plan(self, request: Request, form: type[Form], service: Callable[..., Visit], ticket_id: UUID) -> Response:
        visit = perform(request, form, service, ticket_id=ticket_id)
        return Response(self.get_serializer(visit).data, status=status.HTTP_201_CREATED)

    def _step(self, request: Request, form: type[Form], service: Callable[..., Visit], visit_id: UUID) -> Response:
        return Response(self.get_serializer(perform(request, form, service, visit_id=visit_id)).data)

    # Planning, by the desk

    @extend_schema(operation_id="visits_schedule", request=forms.ScheduleVisitInput, responses={201: VisitOutput})
    def schedule(self, request: Request, ticket_id: UUID) -> Response:
        """Plan a visit. It is sent to the technician by a step of its own."""
        return self._plan(request, forms.ScheduleVisitInput, services.schedule_visit, ticket_id)

    @extend_schema(operation_id="tickets_dispatch", request=forms.DispatchVisitInput, responses={201: VisitOutput})
    def dispatch_now(self, request: Request, ticket_id: UUID) -> Response:
        """Plan a visit and send it to the technician at once, who has to acknowledge it."""
        return self._plan(request, forms.DispatchVisitInput, services.dispatch_visit, ticket_id)

    @extend_schema(operation_id="visits_dispatch", request=None, responses=VisitOutput)
    def dispatch_scheduled(self, request: Request, pk: UUID) -> Response:
        """Send a planned visit to its technician."""
        return self._step(request, forms.NothingMore, services.dispatch_scheduled_visit, pk)

    @extend_schema(operation_id="visits_reassign", request=forms.ReassignVisitInput, responses={201: VisitOutput})
    def reassign(self, request: Request, pk: UUID) -> Response:
        """Give the work to somebody else. Answers the new visit; this one is cancelled."""
        visit = perform(request, forms.ReassignVisitInput, services.reassign_visit, visit_id=pk)
        return Response(self.get_serializer(visit).data, status=status.HTTP_201_CREATED)

    @extend_schema(operation_id="visits_reschedule", request=forms.RescheduleVisitInput, responses=VisitOutput)
    def reschedule(self, request: Request, pk: UUID) -> Response:
        """Let the same technician come at another time."""
        return self._step(request, forms.RescheduleVisitInput, services.reschedule_visit, pk)

    @extend_schema(operation_id="visits_cancel", request=forms.CancelVisitInput, responses=VisitOutput)
    def cancel(self, request: Request, pk: UUID) -> Response:
        """Nobody goes there; the ticket goes back to planning."""
        return self._step(request, forms.CancelVisitInput, services.cancel_visit, pk)

    # The crew

    @extend_schema(operation_id="visits_add_companion", request=forms.AddCompanionInput, responses={201: VisitOutput})
    def add_companion(self, request: Request, pk: UUID) -> Response:
        """Let somebody go along. Answers their visit."""
        visit = perform(request, forms.AddCompanionInput, crew.add_companion, visit_id=pk)
        return Response(self.get_serializer(visit).data, status=status.HTTP_201_CREATED)

    @extend_schema(operation_id="visits_hand_over_lead", request=forms.HandOverLeadInput, responses=VisitOutput)
    def hand_over_lead(self, request: Request, pk: UUID) -> Response:
        """Ask a companion to lead. The lead stays the lead until they have said yes."""
        return self._step(request, forms.HandOverLeadInput, crew.hand_over_lead, pk)

    @extend_schema(operation_id="visits_take_lead", request=None, responses=VisitOutput)
    def take_lead(self, request: Request, pk: UUID) -> Response:
        """Lead from now on, having been asked to."""
        return self._step(request, forms.NothingMore, crew.take_lead, pk)

    @extend_schema(operation_id="visits_decline_lead", request=forms.DeclineLeadInput, responses=VisitOutput)
    def decline_lead(self, request: Request, pk: UUID) -> Response:
        """Say why one does not want to lead; one goes along as before."""
        return self._step(request, forms.DeclineLeadInput, crew.decline_lead, pk)

    # Work, by the technician

    @extend_schema(operation_id="visits_accept", request=None, responses=VisitOutput)
    def accept(self, request: Request, pk: UUID) -> Response:
        """Take it on."""
        return self._step(request, forms.NothingMore, services.accept_visit, pk)

    @extend_schema(operation_id="visits_decline", request=forms.DeclineVisitInput, responses=VisitOutput)
    def decline(self, request: Request, pk: UUID) -> Response:
        """Say why it cannot be done; the ticket goes back to planning."""
        return self._step(request, forms.DeclineVisitInput, services.decline_visit, pk)

    @extend_schema(operation_id="visits_travel", request=None, responses=VisitOutput)
    def travel(self, request: Request, pk: UUID) -> Response:
        """Set out."""
        return self._step(request, forms.NothingMore, services.start_travel, pk)

    @extend_schema(operation_id="visits_check_in", request=forms.CheckInInput, responses={201: CheckInOutput})
    def check_in(self, request: Request, pk: UUID) -> Response:
        """Arrive. What is odd about the place is flagged, not refused."""
        fact = perform(request, forms.CheckInInput, services.check_in, visit_id=pk)
        return Response(CheckInOutput(fact).data, status=status.HTTP_201_CREATED)

    @extend_schema(operation_id="visits_check_out", request=forms.CheckOutInput, responses={201: CheckInOutput})
    def check_out(self, request: Request, pk: UUID) -> Response:
        """Leave."""
        fact = perform(request, forms.CheckOutInput, services.check_out, visit_id=pk)
        return Response(CheckInOutput(fact).data, status=status.HTTP_201_CREATED)

    @extend_schema(operation_id="visits_edit", request=forms.EditVisitInput, responses=VisitOutput)
    def edit(self, request: Request, pk: UUID) -> Response:
        """Write down the diagnosis and the answers of the checklist."""
        return self._step(request, forms.EditVisitInput, services.edit_visit, pk)

    @extend_schema(operation_id="visits_use_part", request=forms.UsePartInput, responses={201: PartUseOutput})
    def use_part(self, request: Request, pk: UUID) -> Response:
        """Fit a part from the van."""
        fact = perform(request, forms.UsePartInput, services.use_part, visit_id=pk)
        return Response(PartUseOutput(fact).data, status=status.HTTP_201_CREATED)

    @extend_schema(operation_id="visits_return_part", request=forms.ReturnPartInput, responses={201: PartUseOutput})
    def return_part(self, request: Request, pk: UUID) -> Response:
        """Take a part back into the van."""
        fact = perform(request, forms.ReturnPartInput, services.return_part, visit_id=pk)
        return Response(PartUseOutput(fact).data, status=status.HTTP_201_CREATED)

    @extend_schema(operation_id="visits_swap_part", request=forms.SwapPartInput, responses={201: SwapOutput})
    def swap_part(self, request: Request, pk: UUID) -> Response:
        """Replace a unit of a piece of equipment: one from the van goes in, the old one comes along."""
        fact = perform(request, forms.SwapPartInput, swaps.swap_part, visit_id=pk)
        return Response(SwapOutput(fact).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        operation_id="visits_ask_for_parts", request=forms.AskForPartsInput, responses={201: RequisitionOutput}
    )
    def ask_for_parts(self, request: Request, pk: UUID) -> Response:
        """Ask for parts for the visit: these, or what it is likely to need and its van lacks."""
        asked = perform(request, forms.AskForPartsInput, needs.ask_for_parts, visit_id=pk)
        shown = requisitions_for_lists(actor_of(request).user).get(pk=asked.pk)
        return Response(RequisitionOutput(shown).data, status=status.HTTP_201_CREATED)

    @extend_schema(operation_id="visits_complete", request=forms.CompleteVisitInput, responses=VisitOutput)
    def complete(self, request: Request, pk: UUID) -> Response:
        """Finish the work, and with it the ticket."""
        return self._step(request, forms.CompleteVisitInput, services.complete_visit, pk)

    @extend_schema(operation_id="visits_leave_incomplete", request=forms.LeaveIncompleteInput, responses=VisitOutput)
    def leave_incomplete(self, request: Request, pk: UUID) -> Response:
        """Leave with the fault still there; the ticket goes back to planning."""
        return self._step(request, forms.LeaveIncompleteInput, services.leave_incomplete, pk)


class LikelyPartsView(APIView):
    """What the technician had better take along to a visit."""

    @extend_schema(operation_id="visits_likely_parts", tags=["visits"], responses=LikelyPartInVanOutput(many=True))
    def get(self, request: Request, pk: UUID) -> Response:
        """What a visit of this kind is likely to need, and how much of it lies in the technician's van. Not paged."""
        viewer = actor_of(request).user
        likely = selectors.likely_parts_in_van(access.visit_to_prepare(viewer, pk), viewer)
        return Response(LikelyPartInVanOutput(likely, many=True).data)


class AllocatePartsView(APIView):
    """What is kept for a visit."""

    @extend_schema(
        operation_id="visits_allocate_parts",
        tags=["visits"],
        request=forms.AllocatePartsInput,
        responses={201: AllocationOutput(many=True)},
    )
    def post(self, request: Request, pk: UUID) -> Response:
        """Keep parts for the visit where they lie: these, or what it is likely to need and is free. Not paged."""
        kept = perform(request, forms.AllocatePartsInput, needs.allocate_parts, visit_id=pk)
        return Response(AllocationOutput(kept, many=True).data, status=status.HTTP_201_CREATED)


@extend_schema(tags=["visits"])
class CheckInViewSet(ListModelMixin, RetrieveModelMixin, GenericViewSet[CheckIn]):
    """Arrivals, departures, beginnings and ends of shifts as they were reported, newest first."""

    queryset = CheckIn.objects.none()
    serializer_class = CheckInOutput
    filterset_class = CheckInFilter
    search_fields = ["visit__ticket__reference", "technician__name"]
    ordering_fields = ["occurred_at"]
    ordering = ["-occurred_at"]

    def get_queryset(self) -> QuerySet[CheckIn]:
        return selectors.check_ins_with_shown(access.visible_check_ins(actor_of(self.request).user))

    @extend_schema(operation_id="shift_clock_in", request=forms.ClockInInput, responses={201: CheckInOutput})
    def clock_in(self, request: Request) -> Response:
        """Begin one's shift. What is odd about it is flagged, not refused."""
        fact = perform(request, forms.ClockInInput, shifts.clock_in)
        return Response(CheckInOutput(fact).data, status=status.HTTP_201_CREATED)

    @extend_schema(operation_id="shift_clock_out", request=forms.ClockOutInput, responses={201: CheckInOutput})
    def clock_out(self, request: Request) -> Response:
        """End one's shift."""
        fact = perform(request, forms.ClockOutInput, shifts.clock_out)
        return Response(CheckInOutput(fact).data, status=status.HTTP_201_CREATED)


@extend_schema(tags=["visits"])
class PartUseViewSet(ListModelMixin, RetrieveModelMixin, GenericViewSet[PartUse]):
    """Parts fitted and taken back, newest first."""

    queryset = PartUse.objects.none()
    serializer_class = PartUseOutput
    filterset_class = PartUseFilter
    search_fields = ["visit__ticket__reference", "part__number", "part__name", "serial"]
    ordering_fields = ["occurred_at"]
    ordering = ["-occurred_at"]

    def get_queryset(self) -> QuerySet[PartUse]:
        return selectors.part_uses_with_shown(access.visible_part_uses(actor_of(self.request).user))
