"""HTTP: the call log. For the desk."""

from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from fieldsvc.time import now
from sync.http import actor_of, perform
from tickets.calls import access, selectors, services
from tickets.calls.filters import CallFilter
from tickets.calls.models import Call
from tickets.calls.serializers import CallCountsOutput, CallOutput, CorrectCallInput, LogCallInput


@extend_schema(tags=["calls"])
class CallViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Call]):
    """Every call, in and out."""

    queryset = Call.objects.none()
    serializer_class = CallOutput
    lookup_url_kwarg = "call_id"
    filterset_class = CallFilter
    search_fields = ["caller_name", "ticket__reference"]
    contact_search_fields = ["caller_number", "question", "answer"]
    ordering = ["-started_at"]
    ordering_fields = ["started_at"]

    def get_queryset(self) -> QuerySet[Call]:
        return selectors.with_shown(access.visible_calls(actor_of(self.request)))

    @extend_schema(operation_id="calls_log", request=LogCallInput, responses={201: CallOutput})
    def create(self, request: Request) -> Response:
        """Write down a call, while it goes on or after it."""
        call = perform(request, LogCallInput, services.log_call)
        return self._answer(call, status.HTTP_201_CREATED)

    @extend_schema(operation_id="calls_end", request=None, responses=CallOutput)
    def end(self, request: Request, call_id: UUID) -> Response:
        """They have hung up."""
        return self._answer(services.end_call(actor=actor_of(request), occurred_at=now(), call_id=call_id))

    @extend_schema(operation_id="calls_correct", request=CorrectCallInput, responses={201: CallOutput})
    def correct(self, request: Request, call_id: UUID) -> Response:
        """Say beside it what is right. For whoever made the call, and for supervisors."""
        call = perform(request, CorrectCallInput, services.correct_call, call_id=call_id)
        return self._answer(call, status.HTTP_201_CREATED)

    @extend_schema(operation_id="calls_counts", filters=True, responses=CallCountsOutput)
    def counts(self, request: Request) -> Response:
        """What the calls that came in have come to by now, by the filters of the list."""
        calls = self.filter_queryset(access.visible_calls(actor_of(request)))
        return Response(CallCountsOutput(selectors.count_calls(calls)).data)

    def _answer(self, call: Call, code: int = status.HTTP_200_OK) -> Response:
        shown = selectors.with_shown(Call.objects.filter(pk=call.pk)).get()
        return Response(self.get_serializer(shown).data, code)
