"""HTTP: what people agree to."""

from uuid import UUID

from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema
from rest_framework import status, viewsets
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.consents import selectors, services
from accounts.consents.models import Consent
from accounts.consents.serializers import (
    ChoiceOutput,
    ConsentForInput,
    ConsentInput,
    ConsentOutput,
    WordingOutput,
)
from accounts.consents.wordings import WORDINGS, newest
from accounts.people import access
from accounts.people.models import WATCHERS
from fieldsvc.time import now
from sync.http import actor_of, perform


class WordingsView(APIView):
    authentication_classes: tuple[type[BaseAuthentication], ...] = ()
    permission_classes = (AllowAny,)

    @extend_schema(operation_id="consents_wordings", tags=["self-service"], responses=WordingOutput(many=True))
    def get(self, request: Request) -> Response:
        """What people agree to today, in both languages. Open to all: one agrees while registering."""
        words = [selectors.Choice(about, False, None, newest(about)) for about in WORDINGS]
        return Response(WordingOutput(words, many=True).data)


class OwnConsentsView(APIView):
    @extend_schema(operation_id="me_consents", tags=["self-service"], responses=ChoiceOutput(many=True))
    def get(self, request: Request) -> Response:
        """By which ways one is told, and to what one has agreed."""
        return Response(ChoiceOutput(selectors.choices_of(actor_of(request).user), many=True).data)

    @extend_schema(
        operation_id="me_consents_choose", tags=["self-service"], request=ConsentInput, responses={201: ConsentOutput}
    )
    def post(self, request: Request) -> Response:
        """Agree to something, or take it back."""
        consent = perform(request, ConsentInput, services.choose)
        return Response(ConsentOutput(consent).data, status.HTTP_201_CREATED)


class EmailCodeView(APIView):
    @extend_schema(operation_id="me_consents_email_code", tags=["self-service"], request=None, responses={202: None})
    def post(self, request: Request) -> Response:
        """Have a code sent to one's own e-mail address, to show that it is one's own."""
        services.request_email_code(actor=actor_of(request), occurred_at=now())
        return Response(status=status.HTTP_202_ACCEPTED)


@extend_schema(tags=["self-service"])
class ConsentViewSet(viewsets.GenericViewSet[Consent]):
    """All that was ever said of consents."""

    queryset = Consent.objects.none()
    serializer_class = ConsentOutput
    filter_backends = (DjangoFilterBackend,)
    filterset_fields = ["about", "given"]
    ordering = ["-occurred_at"]
    ordering_fields = ["occurred_at"]

    @extend_schema(operation_id="users_consents", responses=ConsentOutput(many=True))
    def list(self, request: Request, person_id: UUID) -> Response:
        """What somebody has said, the newest first: for themselves, those who answer callers, and administrators."""
        actor = actor_of(request)
        person = access.person_to_see(actor, person_id)
        if person != actor.user:
            access.require_role(actor, *WATCHERS)
        page = self.paginate_queryset(self.filter_queryset(selectors.consents_of(person)))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(operation_id="users_consents_choose", request=ConsentForInput, responses={201: ConsentOutput})
    def create(self, request: Request, person_id: UUID) -> Response:
        """Write down what a resident has said on the phone. For those who answer callers."""
        consent = perform(request, ConsentForInput, services.choose_for, person_id=person_id)
        return Response(ConsentOutput(consent).data, status.HTTP_201_CREATED)
