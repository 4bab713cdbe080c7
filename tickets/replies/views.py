"""HTTP: templates of messages."""

from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from sync.http import actor_of, perform
from sync.serializing import validated
from tickets.replies import access, services
from tickets.replies.filters import ReplyTemplateFilter
from tickets.replies.models import ReplyTemplate
from tickets.replies.serializers import (
    ChangeReplyTemplateInput,
    CreateReplyTemplateInput,
    PreviewInput,
    PreviewOutput,
    ReplyTemplateOutput,
)


@extend_schema(tags=["replies"])
class ReplyTemplateViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[ReplyTemplate]):
    """Templates for messages. Used by the desk, written by administrators."""

    queryset = ReplyTemplate.objects.none()
    serializer_class = ReplyTemplateOutput
    lookup_url_kwarg = "template_id"
    filterset_class = ReplyTemplateFilter
    search_fields = ["code", "text", "text_zh"]
    ordering = ["code"]
    ordering_fields = ["code"]

    def get_queryset(self) -> QuerySet[ReplyTemplate]:
        return access.templates(actor_of(self.request))

    @extend_schema(
        operation_id="reply_templates_create", request=CreateReplyTemplateInput, responses={201: ReplyTemplateOutput}
    )
    def create(self, request: Request) -> Response:
        """Add a template."""
        template = perform(request, CreateReplyTemplateInput, services.create_template)
        return Response(ReplyTemplateOutput(template).data, status.HTTP_201_CREATED)

    @extend_schema(
        operation_id="reply_templates_change", request=ChangeReplyTemplateInput, responses=ReplyTemplateOutput
    )
    def partial_update(self, request: Request, template_id: UUID) -> Response:
        """Change a template, or take it off the list with `is_active`."""
        template = perform(request, ChangeReplyTemplateInput, services.change_template, template_id=template_id)
        return Response(ReplyTemplateOutput(template).data)

    @extend_schema(operation_id="reply_templates_preview", parameters=[PreviewInput], responses=PreviewOutput)
    def preview(self, request: Request, template_id: UUID) -> Response:
        """How it reads for a ticket, to be looked over before it is sent."""
        ticket_id = validated(PreviewInput, request.query_params)["ticket"]
        return Response(PreviewOutput(services.preview(actor_of(request), template_id, ticket_id)).data)
