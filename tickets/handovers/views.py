"""HTTP: hand-overs of shifts. For the desk."""

from collections.abc import Callable
from uuid import UUID

from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from sync.http import actor_of, perform
from sync.serializing import Input, validated
from tickets.handovers import access, selectors, services
from tickets.handovers.filters import HandOverFilter
from tickets.handovers.models import HandOver
from tickets.handovers.serializers import (
    AcceptHandOverInput,
    DeclineHandOverInput,
    GiveHandOverInput,
    HandOverDetailOutput,
    HandOverOutput,
    MatterOutput,
    OpenMattersQuery,
    matter_body,
)


@extend_schema(tags=["callbacks"])
class HandOverViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[HandOver]):
    """What was handed over at the end of shifts, the newest first."""

    queryset = HandOver.objects.none()
    serializer_class = HandOverOutput
    filter_backends = (DjangoFilterBackend,)
    filterset_class = HandOverFilter
    ordering = ["-given_at"]
    ordering_fields = ["given_at"]

    def get_queryset(self) -> QuerySet[HandOver]:
        return selectors.with_shown(access.visible_hand_overs(actor_of(self.request)))

    @extend_schema(operation_id="hand_overs_retrieve", responses=HandOverDetailOutput)
    def retrieve(self, request: Request, hand_over_id: UUID) -> Response:
        """What is in it, the most pressing first."""
        return self._answer(access.hand_over_to_see(actor_of(request), hand_over_id).pk)

    @extend_schema(operation_id="hand_overs_give", request=GiveHandOverInput, responses={201: HandOverDetailOutput})
    def create(self, request: Request) -> Response:
        """Ask a colleague to take over what is open."""
        hand_over = perform(request, GiveHandOverInput, services.give_hand_over)
        return self._answer(hand_over.pk, status.HTTP_201_CREATED)

    @extend_schema(operation_id="hand_overs_accept", request=AcceptHandOverInput, responses=HandOverDetailOutput)
    def accept(self, request: Request, hand_over_id: UUID) -> Response:
        """Answer for it from now on."""
        return self._do(request, hand_over_id, services.accept_hand_over, AcceptHandOverInput)

    @extend_schema(operation_id="hand_overs_decline", request=DeclineHandOverInput, responses=HandOverDetailOutput)
    def decline(self, request: Request, hand_over_id: UUID) -> Response:
        """Say no."""
        return self._do(request, hand_over_id, services.decline_hand_over, DeclineHandOverInput)

    @extend_schema(operation_id="hand_overs_withdraw", request=None, responses=HandOverDetailOutput)
    def withdraw(self, request: Request, hand_over_id: UUID) -> Response:
        """Take it back."""
        return self._do(request, hand_over_id, services.withdraw_hand_over, None)

    def _do(
        self, request: Request, hand_over_id: UUID, command: Callable[..., HandOver], form: type[Input] | None
    ) -> Response:
        return self._answer(perform(request, form, command, hand_over_id=hand_over_id).pk)

    def _answer(self, pk: UUID, code: int = status.HTTP_200_OK) -> Response:
        hand_over = selectors.with_shown(HandOver.objects.filter(pk=pk)).get()
        matters = [matter_body(matter) for matter in selectors.matters_with_shown(pk)]
        return Response(HandOverDetailOutput({"hand_over": hand_over, "matters": matters}).data, code)


class OpenMattersView(APIView):
    """What one would hand over now."""

    @extend_schema(
        operation_id="hand_overs_open_matters",
        tags=["callbacks"],
        parameters=[OpenMattersQuery],
        responses=MatterOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        """The same as would be in it, the most pressing first."""
        asked = validated(OpenMattersQuery, request.query_params)
        territory = access.desk_to_hand_over(actor_of(request), asked["territory"])
        found = selectors.open_matters(territory, actor_of(request).user)
        return Response(MatterOutput([matter_body(matter) for matter in found], many=True).data)
