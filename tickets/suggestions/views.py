"""HTTP: suggestions, what they weigh, and automatic dispatch."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet, ViewSet

from fieldsvc.time import now
from sync.commands import Actor
from sync.http import actor_of, perform
from sync.rows import with_related
from sync.serializing import validated
from tickets.complaints.models import Ticket
from tickets.suggestions import access, services
from tickets.suggestions import serializers as forms
from tickets.suggestions.dispatching import standing
from tickets.suggestions.filters import WeightsFilter
from tickets.suggestions.models import AutoDispatchRule, SuggestionWeights
from tickets.suggestions.selectors import outsiders, suggest
from tickets.visits.models import Visit


class TicketSuggestionsView(APIView):
    """Whom to send to a ticket. For those who dispatch it."""

    @extend_schema(
        operation_id="tickets_suggestions",
        tags=["visits"],
        parameters=[forms.SuggestionsQuery],
        responses=forms.SuggestionsOutput,
    )
    def get(self, request: Request, ticket_id: UUID) -> Response:
        """Who could go there and when, the best first, with the reasons."""
        actor, asked = actor_of(request), validated(forms.SuggestionsQuery, request.query_params)
        return _answer(access.ticket_to_plan(actor, ticket_id), None, actor, **asked)


class VisitSuggestionsView(APIView):
    """Who could take over a visit. For those who dispatch it."""

    @extend_schema(
        operation_id="visits_suggestions",
        tags=["visits"],
        parameters=[forms.SuggestionsQuery],
        responses=forms.SuggestionsOutput,
    )
    def get(self, request: Request, visit_id: UUID) -> Response:
        """Who else could go there, within the window that was promised if none is given."""
        actor, asked = actor_of(request), validated(forms.SuggestionsQuery, request.query_params)
        visit = access.visit_to_give_away(actor, visit_id)
        return _answer(visit.ticket, visit, actor, **asked)


def _answer(
    ticket: Ticket, visit: Visit | None, actor: Actor, *, limit: int, excluded: bool, **window: Any
) -> Response:
    found = suggest(ticket, at=now(), visit=visit, **window)
    answer = {
        "window_start": found.within[0],
        "window_end": found.within[1],
        "weights": found.weights,
        "travel_source": found.travel_source,
        "suggestions": found.found[:limit],
        "excluded": [*found.excluded, *outsiders(ticket, actor.user)] if excluded else None,
    }
    return Response(forms.SuggestionsOutput(answer).data)


@extend_schema(tags=["visits"])
class WeightsViewSet(ListModelMixin, RetrieveModelMixin, GenericViewSet[SuggestionWeights]):
    """What suggestions weigh, from when until when. Read by the desk, written by administrators."""

    queryset = SuggestionWeights.objects.none()
    serializer_class = forms.WeightsOutput
    filterset_class = WeightsFilter
    search_fields = ["service_type__code"]
    ordering_fields = ["holds_from"]
    ordering = ["-holds_from"]

    def get_queryset(self) -> QuerySet[SuggestionWeights]:
        rows = with_related(SuggestionWeights.objects.all(), service_type=("code",))
        return access.visible_configuration(actor_of(self.request), rows)

    @extend_schema(
        operation_id="suggestion_weights_add", request=forms.AddWeightsInput, responses={201: forms.WeightsOutput}
    )
    def create(self, request: Request) -> Response:
        """Let suggestions weigh this from a moment on."""
        weights = perform(request, forms.AddWeightsInput, services.add_weights)
        return Response(forms.WeightsOutput(weights).data, status=status.HTTP_201_CREATED)

    @extend_schema(operation_id="suggestion_weights_end", request=forms.EndWeightsInput, responses=forms.WeightsOutput)
    def end(self, request: Request, pk: UUID) -> Response:
        """Let them end, now or at a later moment. Then those of all others hold, or the usual ones."""
        weights = perform(request, forms.EndWeightsInput, services.end_weights, weights_id=pk)
        return Response(forms.WeightsOutput(weights).data)

    @extend_schema(operation_id="suggestion_weights_delete", responses={204: None})
    def destroy(self, request: Request, pk: UUID) -> Response:
        """Delete those that have not begun."""
        perform(request, None, services.delete_weights, weights_id=pk)
        return Response(status=status.HTTP_204_NO_CONTENT)


@extend_schema(tags=["visits"])
class AutoDispatchRuleViewSet(ListModelMixin, GenericViewSet[AutoDispatchRule]):
    """Which kinds of service are dispatched automatically. Read by the desk, written by administrators."""

    queryset = AutoDispatchRule.objects.none()
    serializer_class = forms.AutoDispatchRuleOutput
    search_fields = ["service_type__code"]
    ordering_fields = ["id"]
    ordering = ["id"]

    def get_queryset(self) -> QuerySet[AutoDispatchRule]:
        rows = with_related(AutoDispatchRule.objects.all(), service_type=("code",))
        return access.visible_configuration(actor_of(self.request), rows)

    @extend_schema(
        operation_id="auto_dispatch_rules_set",
        request=forms.SetAutoDispatchInput,
        responses=forms.AutoDispatchRuleOutput,
    )
    def create(self, request: Request) -> Response:
        """Dispatch a kind of service automatically. There is one rule of each."""
        rule = perform(request, forms.SetAutoDispatchInput, services.set_auto_dispatch)
        return Response(forms.AutoDispatchRuleOutput(rule).data)

    @extend_schema(operation_id="auto_dispatch_rules_remove", responses={204: None})
    def destroy(self, request: Request, pk: UUID) -> Response:
        """Let people dispatch it again."""
        perform(request, None, services.remove_auto_dispatch, rule_id=pk)
        return Response(status=status.HTTP_204_NO_CONTENT)


@extend_schema(tags=["visits"])
class TicketAutoDispatchViewSet(ViewSet):
    """Automatic dispatch of one ticket. For those who dispatch it."""

    @extend_schema(operation_id="tickets_auto_dispatch", responses=forms.AutoDispatchOutput)
    def retrieve(self, request: Request, ticket_id: UUID) -> Response:
        """Whether somebody will be sent automatically, who stopped it, and who was sent so far."""
        return self._answer(access.ticket_to_dispatch_there(actor_of(request), ticket_id))

    @extend_schema(
        operation_id="tickets_auto_dispatch_stop",
        request=forms.StopAutoDispatchInput,
        responses=forms.AutoDispatchOutput,
    )
    def stop(self, request: Request, ticket_id: UUID) -> Response:
        """Take the ticket over: nobody is sent automatically any more."""
        return self._answer(
            perform(request, forms.StopAutoDispatchInput, services.stop_auto_dispatch, ticket_id=ticket_id)
        )

    @extend_schema(operation_id="tickets_auto_dispatch_resume", request=None, responses=forms.AutoDispatchOutput)
    def resume(self, request: Request, ticket_id: UUID) -> Response:
        """Let it be dispatched automatically again."""
        return self._answer(perform(request, None, services.resume_auto_dispatch, ticket_id=ticket_id))

    def _answer(self, ticket: Ticket) -> Response:
        return Response(forms.AutoDispatchOutput(standing(ticket)).data)
