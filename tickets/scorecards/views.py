"""HTTP: scorecards, and what they say of people and territories."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import Territory
from fieldsvc.errors import Invalid
from fieldsvc.tables import TableView, table_response, tables, wants_table
from fieldsvc.time import now
from sync.http import actor_of, perform
from sync.serializing import validated
from tickets.reports.services import as_of
from tickets.scorecards import access, selectors, services
from tickets.scorecards.filters import ScorecardFilter, ScoreMarkFilter
from tickets.scorecards.indicators import INDICATORS
from tickets.scorecards.models import Scorecard, ScorecardVersion, ScoreMark, Subject
from tickets.scorecards.reckoning import Month
from tickets.scorecards.serializers import (
    AddVersionInput,
    CreateScorecardInput,
    EndVersionInput,
    IndicatorOutput,
    RenameScorecardInput,
    ScorecardOutput,
    ScorecardVersionOutput,
    ScoreMarkInput,
    ScoreMarkOutput,
    ScoresOutput,
    ScoresQuery,
    score_body,
)
from tickets.scorecards.writing import score_table


@extend_schema(tags=["quality"])
class ScorecardViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Scorecard]):
    """By what people and territories are judged. Read by everybody who works here, written by administrators."""

    queryset = Scorecard.objects.none()
    serializer_class = ScorecardOutput
    lookup_url_kwarg = "scorecard_id"
    filter_backends = (DjangoFilterBackend,)
    filterset_class = ScorecardFilter
    ordering = ["code"]
    ordering_fields = ["code"]

    def get_queryset(self) -> QuerySet[Scorecard]:
        return selectors.scorecards_with_shown(access.visible_scorecards(actor_of(self.request)))

    @extend_schema(operation_id="scorecards_create", request=CreateScorecardInput, responses={201: ScorecardOutput})
    def create(self, request: Request) -> Response:
        """Add a scorecard. It weighs nothing until it has a version."""
        scorecard = perform(request, CreateScorecardInput, services.create_scorecard)
        return Response(ScorecardOutput(scorecard).data, status.HTTP_201_CREATED)

    @extend_schema(operation_id="scorecards_rename", request=RenameScorecardInput, responses=ScorecardOutput)
    def partial_update(self, request: Request, scorecard_id: UUID) -> Response:
        """Rename a scorecard."""
        scorecard = perform(request, RenameScorecardInput, services.rename_scorecard, scorecard_id=scorecard_id)
        return Response(ScorecardOutput(scorecard).data)

    @extend_schema(
        operation_id="scorecards_add_version", request=AddVersionInput, responses={201: ScorecardVersionOutput}
    )
    def add_version(self, request: Request, scorecard_id: UUID) -> Response:
        """Say what it weighs from a month to come on."""
        version = perform(request, AddVersionInput, services.add_version, scorecard_id=scorecard_id)
        return Response(ScorecardVersionOutput(version).data, status.HTTP_201_CREATED)


@extend_schema(tags=["quality"])
class ScorecardVersionViewSet(viewsets.GenericViewSet[ScorecardVersion]):
    """What a scorecard weighs for some months."""

    queryset = ScorecardVersion.objects.none()
    serializer_class = ScorecardVersionOutput

    @extend_schema(operation_id="scorecard_versions_end", request=EndVersionInput, responses=ScorecardVersionOutput)
    def end(self, request: Request, version_id: UUID) -> Response:
        """Let it hold until the end of a month."""
        version = perform(request, EndVersionInput, services.end_version, version_id=version_id)
        return Response(ScorecardVersionOutput(version).data)

    @extend_schema(operation_id="scorecard_versions_delete", responses={204: None})
    def destroy(self, request: Request, version_id: UUID) -> Response:
        """Delete one that has not begun."""
        perform(request, None, services.delete_version, version_id=version_id)
        return Response(status=status.HTTP_204_NO_CONTENT)


class IndicatorsView(APIView):
    """What scorecards can weigh."""

    @extend_schema(
        operation_id="score_indicators_list", tags=["quality"], responses=IndicatorOutput(many=True), filters=False
    )
    def get(self, request: Request) -> Response:
        """All of them, with the words of the reports that reckon them."""
        access.visible_scorecards(actor_of(request))
        return Response(IndicatorOutput(INDICATORS.values(), many=True).data)


class ScoresView(TableView, GenericAPIView[Any]):
    """What a scorecard says of people or territories in a month."""

    queryset = Scorecard.objects.none()
    ordering = ("name",)

    @extend_schema(
        operation_id="scorecards_scores",
        tags=["quality"],
        parameters=[ScoresQuery],
        responses=tables(ScoresOutput),
    )
    def get(self, request: Request, scorecard_id: UUID) -> Response:
        """Each criterion with its value, points and weight. One's own; for supervisors those of their territories."""
        actor, at, told_of = actor_of(request), now(), as_of()
        scorecard = access.scorecard_to_see(actor, scorecard_id)
        asked = validated(ScoresQuery, request.query_params)
        month = Month.of(asked.get("month", at.date()))
        subjects, places = self._subjects(request, scorecard, asked)
        version = selectors.version_of(scorecard, month)
        if version is None:
            raise Invalid("month_not_judged", "Choose a month that the scorecard weighs.", field="month")
        table = wants_table(request)
        shown = list(subjects.order_by("name", "pk") if table else self.paginate_queryset(subjects) or ())
        found = selectors.scores(version, shown, places=places or shown, month=month, at=at)
        if table:
            language = asked.get("language", actor.user.language)
            name = f"{scorecard.code}-{month.first:%Y-%m}-as-of-{told_of:%Y%m%dT%H%M%SZ}"
            criteria = list(version.criteria.all())
            return table_response(request, score_table(found, criteria, name=name, language=language))
        page = self.get_paginated_response([score_body(score) for score in found]).data
        return Response({"month": month.first, "version_id": version.pk, "as_of": told_of, **page})

    def _subjects(
        self, request: Request, scorecard: Scorecard, asked: dict[str, Any]
    ) -> tuple[QuerySet[Any], list[Territory]]:
        """Who is judged; and for what they did where, unless they are territories themselves."""
        actor, place = actor_of(request), asked.get("territory")
        if scorecard.subject == Subject.TERRITORY:
            subjects = access.judged_territories(actor)
            return (subjects.filter(pk=place) if place else subjects), []
        if place is None:
            raise Invalid("territory_required", "Say where: people are judged by territory.", field="territory")
        people, territory = access.judged_people(actor, scorecard, place)
        if asked.get("person"):
            people = people.filter(pk=asked["person"])
        return people, [territory]


@extend_schema(tags=["quality"])
class ScoreMarkViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[ScoreMark]):
    """What supervisors said by hand, the newest first. One's own; for supervisors those of their territories."""

    queryset = ScoreMark.objects.none()
    serializer_class = ScoreMarkOutput
    lookup_url_kwarg = "mark_id"
    filter_backends = (DjangoFilterBackend,)
    filterset_class = ScoreMarkFilter
    ordering = ["-marked_at"]
    ordering_fields = ["marked_at"]

    def get_queryset(self) -> QuerySet[ScoreMark]:
        return selectors.marks_with_shown(access.visible_marks(actor_of(self.request)))

    @extend_schema(operation_id="score_marks_give", request=ScoreMarkInput, responses={201: ScoreMarkOutput})
    def create(self, request: Request) -> Response:
        """Give points, correct what was reckoned, or take back what was said."""
        mark = perform(request, ScoreMarkInput, services.mark_score)
        return Response(ScoreMarkOutput(mark).data, status.HTTP_201_CREATED)
