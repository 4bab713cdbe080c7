"""HTTP: callbacks and their quotas. For the desk."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import WATCHERS
from accounts.people.access import require_role
from fieldsvc.errors import Invalid
from fieldsvc.time import now
from sync.http import actor_of, perform
from sync.serializing import Input, validated
from tickets.callbacks import access, quotas, selectors, services
from tickets.callbacks.filters import CallbackFilter, QuotaFilter
from tickets.callbacks.models import Callback, CallbackQuota
from tickets.callbacks.serializers import (
    CallbackEventOutput,
    CallBackInput,
    CallbackOutput,
    ChangeQuotaInput,
    CreateQuotaInput,
    DeclineInput,
    FiguresInput,
    HandOverInput,
    KeptOfDayOutput,
    PromiseCallbackInput,
    QuotaOutput,
    WithdrawInput,
)
from tickets.sites.access import active_territory

MOST_DAYS = timedelta(days=90)


@extend_schema(tags=["callbacks"])
class CallbackViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Callback]):
    """What was promised on the phone, in the order in which it is due."""

    queryset = Callback.objects.none()
    serializer_class = CallbackOutput
    lookup_url_kwarg = "callback_id"
    filterset_class = CallbackFilter
    search_fields = ["contact_name", "ticket__reference"]
    contact_search_fields = ["contact_number", "question"]
    ordering = ["due_at"]
    ordering_fields = ["due_at", "promised_at"]

    def get_queryset(self) -> QuerySet[Callback]:
        return selectors.with_shown(access.visible_callbacks(actor_of(self.request)))

    @extend_schema(operation_id="callbacks_promise", request=PromiseCallbackInput, responses={201: CallbackOutput})
    def create(self, request: Request) -> Response:
        """Promise a callback: the answer has `due_at`, to be read out."""
        callback = perform(request, PromiseCallbackInput, services.promise_callback)
        return self._answer(callback.pk, status.HTTP_201_CREATED)

    @extend_schema(operation_id="callbacks_claim", request=None, responses=CallbackOutput)
    def claim(self, request: Request, callback_id: UUID) -> Response:
        """See to it: what waits for the team, or what one was asked to take over."""
        return self._do(callback_id, services.claim_callback, Input)

    @extend_schema(operation_id="callbacks_hand_over", request=HandOverInput, responses=CallbackOutput)
    def hand_over(self, request: Request, callback_id: UUID) -> Response:
        """Ask a colleague to take it over."""
        return self._do(callback_id, services.hand_over_callback, HandOverInput)

    @extend_schema(operation_id="callbacks_decline", request=DeclineInput, responses=CallbackOutput)
    def decline(self, request: Request, callback_id: UUID) -> Response:
        """Say no to taking it over, or take the question back."""
        return self._do(callback_id, services.decline_callback, DeclineInput)

    @extend_schema(operation_id="callbacks_call", request=CallBackInput, responses=CallbackOutput)
    def call(self, request: Request, callback_id: UUID) -> Response:
        """The call was made."""
        return self._do(callback_id, services.call_back, CallBackInput)

    @extend_schema(operation_id="callbacks_withdraw", request=WithdrawInput, responses=CallbackOutput)
    def withdraw(self, request: Request, callback_id: UUID) -> Response:
        """They need no call any more."""
        return self._do(callback_id, services.withdraw_callback, WithdrawInput)

    @extend_schema(operation_id="callbacks_events", responses=CallbackEventOutput(many=True), filters=False)
    def events(self, request: Request, callback_id: UUID) -> Response:
        """What happened to it, in order."""
        callback = access.callback_to_see(actor_of(request), callback_id)
        return Response(CallbackEventOutput(selectors.events_with_shown(callback), many=True).data)

    def _do(self, callback_id: UUID, command: Callable[..., object], form: type[Input]) -> Response:
        told = validated(form, self.request.data)
        command(actor=actor_of(self.request), occurred_at=now(), callback_id=callback_id, **told)
        return self._answer(callback_id)

    def _answer(self, callback_id: UUID, code: int = status.HTTP_200_OK) -> Response:
        return Response(
            self.get_serializer(selectors.with_shown(Callback.objects.filter(pk=callback_id)).get()).data, code
        )


class CallbackFiguresView(APIView):
    """How many callbacks were kept in time. For the desk."""

    @extend_schema(
        operation_id="callbacks_figures",
        tags=["callbacks"],
        parameters=[FiguresInput],
        responses=KeptOfDayOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        """Per day and person of a desk, for at most 90 days."""
        actor = actor_of(request)
        require_role(actor, *WATCHERS)
        asked = validated(FiguresInput, request.query_params)
        first, last = asked["first"], asked["last"]
        if first > last:
            raise Invalid("period_reversed", "The period has to begin before it ends.", field="last")
        if last - first > MOST_DAYS:
            raise Invalid("date_range_too_long", "Ask for at most 90 days at once.", field="last")
        territory = active_territory(asked["territory"])
        lines = selectors.kept_by_day(access.visible_callbacks(actor), territory, first=first, last=last, at=now())
        return Response(KeptOfDayOutput(lines, many=True).data)


@extend_schema(tags=["callbacks"])
class QuotaViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[CallbackQuota]):
    """How many callbacks may be open at once. Read by the desk, written by administrators."""

    queryset = CallbackQuota.objects.none()
    serializer_class = QuotaOutput
    lookup_url_kwarg = "quota_id"
    filter_backends = (DjangoFilterBackend,)
    filterset_class = QuotaFilter
    ordering = ["valid_from"]
    ordering_fields = ["valid_from"]

    def get_queryset(self) -> QuerySet[CallbackQuota]:
        return access.quotas(actor_of(self.request))

    @extend_schema(operation_id="callback_quotas_create", request=CreateQuotaInput, responses={201: QuotaOutput})
    def create(self, request: Request) -> Response:
        """Add a limit."""
        quota = perform(request, CreateQuotaInput, quotas.create_quota)
        return Response(QuotaOutput(quota).data, status.HTTP_201_CREATED)

    @extend_schema(operation_id="callback_quotas_change", request=ChangeQuotaInput, responses=QuotaOutput)
    def partial_update(self, request: Request, quota_id: UUID) -> Response:
        """Change a limit, or end it by its last day."""
        quota = perform(request, ChangeQuotaInput, quotas.change_quota, quota_id=quota_id)
        return Response(QuotaOutput(quota).data)

    @extend_schema(operation_id="callback_quotas_delete", responses={204: None})
    def destroy(self, request: Request, quota_id: UUID) -> Response:
        """Delete a limit."""
        quotas.delete_quota(actor=actor_of(request), occurred_at=now(), quota_id=quota_id)
        return Response(status=status.HTTP_204_NO_CONTENT)
