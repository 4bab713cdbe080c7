"""HTTP: one's choices, and the link by which messages stop."""

from uuid import UUID

from django.http import HttpResponse
from django.template.response import TemplateResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.people.access import resident_of_caller
from fieldsvc.time import now
from notifications.choices import selectors, services, unsubscribing
from notifications.choices.serializers import NoticeChoicesInput, NoticeChoicesOutput
from sync.commands import Actor
from sync.http import actor_of, perform

PAGE = {(200, "text/html"): OpenApiTypes.STR}


class NoticeChoicesView(APIView):
    @extend_schema(operation_id="me_notice_choices", tags=["notifications"], responses=NoticeChoicesOutput)
    def get(self, request: Request) -> Response:
        """Of what one is told by which channel, and when."""
        return Response(NoticeChoicesOutput(selectors.own_choices(actor_of(request).user)).data)

    @extend_schema(
        operation_id="me_notice_choose",
        tags=["notifications"],
        request=NoticeChoicesInput,
        responses=NoticeChoicesOutput,
    )
    def put(self, request: Request) -> Response:
        """Choose anew."""
        return Response(NoticeChoicesOutput(perform(request, NoticeChoicesInput, services.choose_notices)).data)


class ChoicesOfResidentView(APIView):
    @extend_schema(operation_id="users_notice_choices", tags=["notifications"], responses=NoticeChoicesOutput)
    def get(self, request: Request, person_id: UUID) -> Response:
        """What a resident has chosen. For those who answer callers."""
        person = resident_of_caller(actor_of(request), person_id)
        return Response(NoticeChoicesOutput(selectors.own_choices(person)).data)

    @extend_schema(
        operation_id="users_notice_choose",
        tags=["notifications"],
        request=NoticeChoicesInput,
        responses=NoticeChoicesOutput,
    )
    def put(self, request: Request, person_id: UUID) -> Response:
        """Write down what a resident chooses on the phone. For those who answer callers."""
        chosen = perform(request, NoticeChoicesInput, services.choose_notices, person_id=person_id)
        return Response(NoticeChoicesOutput(chosen).data)


class UnsubscribeView(APIView):
    """The link in an e-mail (RFC 8058) or SMS: a look at it changes nothing, as programs look at links, too."""

    authentication_classes: tuple[type[BaseAuthentication], ...] = ()
    permission_classes = (AllowAny,)

    @extend_schema(operation_id="unsubscribe_page", tags=["notifications"], responses=PAGE)
    def get(self, request: Request, token: str) -> HttpResponse:
        """A page with a button."""
        person, channel = unsubscribing.reader_of(token)
        return _page(request, channel, person.language, done=False)

    @extend_schema(operation_id="unsubscribe", tags=["notifications"], request=None, responses=PAGE)
    def post(self, request: Request, token: str) -> HttpResponse:
        """Nothing more by this channel. Saying it again changes nothing."""
        person, channel = unsubscribing.unsubscribe_by_link(actor=Actor.system(), occurred_at=now(), token=token)
        return _page(request, channel, person.language, done=True)


@extend_schema(exclude=True)
class FormerUnsubscribeView(UnsubscribeView):
    """The same door at the address that e-mails named before it was made short."""


def _page(request: Request, channel: str, language: str, *, done: bool) -> HttpResponse:
    context = {"channel": channel, "chinese": language == "zh", "done": done}
    page = TemplateResponse(request, "notifications/unsubscribe.html", context)
    page.render()
    return page
