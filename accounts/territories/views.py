from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.people import access
from accounts.people.models import STAFF
from accounts.territories.models import Skill, Territory
from accounts.territories.serializers import SkillOutput, TerritoryOutput
from sync.http import actor_of


class TerritoryViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[Territory]):
    """Where people work. Administered in the admin site."""

    queryset = Territory.objects.all()
    serializer_class = TerritoryOutput
    filterset_fields = ["code", "is_active"]
    search_fields = ["code", "name", "name_zh"]
    ordering = ["name", "id"]
    ordering_fields = ["name", "code"]

    @extend_schema(operation_id="territories_list", tags=["accounts"])
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """All territories, by name. For everybody: residents say where they are when they file a ticket."""
        return super().list(request, *args, **kwargs)


class SkillViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[Skill]):
    """What technicians have learnt. Administered in the admin site."""

    queryset = Skill.objects.all()
    serializer_class = SkillOutput
    filterset_fields = ["code"]
    search_fields = ["code", "name", "name_zh"]
    ordering = ["name", "id"]
    ordering_fields = ["name", "code"]

    @extend_schema(operation_id="skills_list", tags=["accounts"])
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """All skills, by name. For staff."""
        access.require_role(actor_of(request), *STAFF)
        return super().list(request, *args, **kwargs)
