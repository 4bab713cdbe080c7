"""HTTP: SMS that came."""

from uuid import UUID

from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from fieldsvc.time import now
from sync.commands import Actor
from sync.http import actor_of, perform
from sync.serializing import AnyField
from tickets.incoming_sms import access, selectors, services
from tickets.incoming_sms import serializers as forms
from tickets.incoming_sms.filters import IncomingSmsFilter
from tickets.incoming_sms.models import IncomingSms
from tickets.incoming_sms.webhook import HEADER, told_by_provider

AS_IT_COMES: dict[str, AnyField] = {
    "id": serializers.CharField(),
    "from": serializers.CharField(),
    "text": serializers.CharField(),
}


class SmsWebhookView(APIView):
    """The provider's door."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="sms_webhook",
        tags=["notifications"],
        parameters=[OpenApiParameter(HEADER, str, OpenApiParameter.HEADER, description="t=…,v1=…")],
        request=inline_serializer("SmsFromProvider", AS_IT_COMES),
        responses={204: None},
    )
    def post(self, request: Request) -> Response:
        """Somebody has sent an SMS. Signed by the provider, or with the secret as its password; told twice, it counts
        once. Where the provider puts what, `SMS_INBOUND_ID`, `_FROM` and `_TEXT` say."""
        services.sms_came(actor=Actor.system(), occurred_at=now(), **told_by_provider(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


@extend_schema(tags=["notifications"])
class IncomingSmsViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[IncomingSms]):
    """What people have sent us by SMS, the newest first. For the desk."""

    queryset = IncomingSms.objects.none()
    serializer_class = forms.IncomingSmsOutput
    lookup_url_kwarg = "sms_id"
    filter_backends = (DjangoFilterBackend,)
    filterset_class = IncomingSmsFilter
    ordering = ["-received_at"]
    ordering_fields = ["received_at"]

    def get_queryset(self) -> QuerySet[IncomingSms]:
        return selectors.with_shown(access.visible_sms(actor_of(self.request)))

    @extend_schema(operation_id="incoming_sms_attach", request=forms.AttachSmsInput, responses=forms.IncomingSmsOutput)
    def attach(self, request: Request, sms_id: UUID) -> Response:
        """Say to which ticket it belongs."""
        return self._answer(perform(request, forms.AttachSmsInput, services.attach_sms, sms_id=sms_id))

    @extend_schema(operation_id="incoming_sms_settle", request=forms.SettleSmsInput, responses=forms.IncomingSmsOutput)
    def settle(self, request: Request, sms_id: UUID) -> Response:
        """Say what was made of it, if it belongs to no ticket."""
        return self._answer(perform(request, forms.SettleSmsInput, services.settle_sms, sms_id=sms_id))

    def _answer(self, sms: IncomingSms) -> Response:
        return Response(self.get_serializer(selectors.with_shown(IncomingSms.objects.filter(pk=sms.pk)).get()).data)
