"""HTTP: complaints about staff. Whoever may not see one finds nothing, in any list and by any id."""

from collections.abc import Callable
from uuid import UUID

from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from fieldsvc.time import now
from sync.http import actor_of
from sync.serializing import Input, validated
from tickets.complaints.access import acting_for
from tickets.staff_complaints import access, selectors, services
from tickets.staff_complaints.filters import StaffComplaintFilter
from tickets.staff_complaints.models import StaffComplaint
from tickets.staff_complaints.serializers import (
    AnswerInput,
    FileStaffComplaintInput,
    NamePersonInput,
    StaffComplaintEventOutput,
    StaffComplaintFiledOutput,
    StaffComplaintOutput,
    TakeInput,
    WithdrawStaffComplaintInput,
)


@extend_schema(tags=["staff complaints"])
class StaffComplaintViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[StaffComplaint]):
    """One's own, and those that one handles; what waits for our first reply first, the most overdue before all."""

    queryset = StaffComplaint.objects.none()
    serializer_class = StaffComplaintOutput
    lookup_url_kwarg = "complaint_id"
    filter_backends = (DjangoFilterBackend,)
    filterset_class = StaffComplaintFilter
    ordering = ["awaited_by"]
    ordering_fields = ["awaited_by", "received_at"]

    def get_queryset(self) -> QuerySet[StaffComplaint]:
        return selectors.with_shown(access.visible_complaints(actor_of(self.request)))

    @extend_schema(
        operation_id="staff_complaints_file",
        request=FileStaffComplaintInput,
        responses={201: StaffComplaintFiledOutput},
    )
    def create(self, request: Request) -> Response:
        """Complain about somebody, or write it down for whoever does."""
        told = validated(FileStaffComplaintInput, request.data)
        actor = acting_for(actor_of(request), told.pop("on_behalf_of", None))
        complaint = services.file_staff_complaint(actor=actor, occurred_at=now(), **told)
        return Response(StaffComplaintFiledOutput(complaint).data, status.HTTP_201_CREATED)

    @extend_schema(operation_id="staff_complaints_take", request=TakeInput, responses={204: None})
    def take(self, request: Request, complaint_id: UUID) -> Response:
        """Look into it, with a first reply."""
        return self._do(complaint_id, services.take_staff_complaint, TakeInput)

    @extend_schema(operation_id="staff_complaints_name", request=NamePersonInput, responses={204: None})
    def name_person(self, request: Request, complaint_id: UUID) -> Response:
        """Say whom it concerns. Whoever names themselves does not see it any more."""
        return self._do(complaint_id, services.name_person_concerned, NamePersonInput)

    @extend_schema(operation_id="staff_complaints_answer", request=AnswerInput, responses={204: None})
    def answer(self, request: Request, complaint_id: UUID) -> Response:
        """Say what came of it."""
        return self._do(complaint_id, services.answer_staff_complaint, AnswerInput)

    @extend_schema(operation_id="staff_complaints_withdraw", request=WithdrawStaffComplaintInput, responses={204: None})
    def withdraw(self, request: Request, complaint_id: UUID) -> Response:
        """Nothing more is wanted."""
        return self._do(complaint_id, services.withdraw_staff_complaint, WithdrawStaffComplaintInput)

    @extend_schema(
        operation_id="staff_complaints_events", responses=StaffComplaintEventOutput(many=True), filters=False
    )
    def events(self, request: Request, complaint_id: UUID) -> Response:
        """What happened to it, in order. For those who handle it."""
        complaint = access.complaint_to_review(actor_of(request), complaint_id)
        return Response(StaffComplaintEventOutput(selectors.events_with_shown(complaint), many=True).data)

    def _do(self, complaint_id: UUID, command: Callable[..., object], form: type[Input]) -> Response:
        told = validated(form, self.request.data)
        command(actor=actor_of(self.request), occurred_at=now(), complaint_id=complaint_id, **told)
        return Response(status=status.HTTP_204_NO_CONTENT)
