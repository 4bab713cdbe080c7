"""HTTP: what all papers about places have in common, see `papers.py`."""

from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from django.db.models import Model
from rest_framework import status
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from sync.http import perform
from sync.serializing import Form

P = TypeVar("P", bound=Model)


class PaperViewSet(ListModelMixin, RetrieveModelMixin, GenericViewSet[P]):
    """A list of papers, each of them, and the steps by which they go on."""

    paper_id = ""
    """What the commands call the id of a paper."""

    def step(
        self, request: Request, form: type[Form] | None, command: Callable[..., P], pk: UUID | None = None
    ) -> Response:
        """Do this to a paper, or without `pk` make one. The answer is the paper as it is then."""
        paper = perform(request, form, command, **({self.paper_id: pk} if pk else {}))
        shown = self.get_queryset().get(pk=paper.pk)
        return Response(self.get_serializer(shown).data, status=status.HTTP_200_OK if pk else status.HTTP_201_CREATED)
