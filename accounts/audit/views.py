"""HTTP: the audit."""

from typing import Any

from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.audit import access, selectors
from accounts.audit.filters import AuditFilter
from accounts.audit.serializers import AuditEntryOutput
from accounts.people.contacts import reads_contacts
from sync.audit.models import AuditEntry
from sync.http import actor_of


class AuditEntries(mixins.ListModelMixin, viewsets.GenericViewSet[AuditEntry]):
    """A list of entries, the newest first, as far as the reader may know."""

    queryset = AuditEntry.objects.none()
    serializer_class = AuditEntryOutput
    filter_backends = (DjangoFilterBackend,)
    filterset_class = AuditFilter
    ordering = ("-id",)
    ordering_fields = ("id",)

    def get_queryset(self) -> QuerySet[AuditEntry]:
        return access.visible_entries(access.reader_of(actor_of(self.request)))

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """A page, with the names of people and devices."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        context = {"names": selectors.names_of(page), "reads_contacts": reads_contacts(actor_of(request).user)}
        return self.get_paginated_response(AuditEntryOutput(page, many=True, context=context).data)


@extend_schema(tags=["audit"])
class AuditViewSet(AuditEntries):
    """Who did what."""

    @extend_schema(operation_id="audit_list")
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Of the own territories, for supervisors; of everything, for administrators. The newest first."""
        return super().list(request, *args, **kwargs)
