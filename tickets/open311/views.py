"""HTTP: Open311 GeoReport v2."""

from collections.abc import Iterable
from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import Territory, User
from fieldsvc.errors import Invalid
from fieldsvc.time import now
from sync.http import actor_of
from sync.uploads import pictures, serving
from tickets.complaints.models import Ticket
from tickets.open311 import access, selectors, services
from tickets.open311.attributes import ATTRIBUTE
from tickets.open311.formats import (
    ApplicationXMLRenderer,
    AsItComes,
    FormParser,
    JSONRenderer,
    MultiPartParser,
    XMLRenderer,
    refuse,
)
from tickets.open311.keys import ApiKey
from tickets.open311.pace import Pace
from tickets.open311.repeats import sending_of
from tickets.open311.serializers import (
    DiscoveryOutput,
    ErrorOutput,
    FiledOutput,
    FileRequestInput,
    FileRequestWithPhotosInput,
    JurisdictionInput,
    RequestOutput,
    RequestsInput,
    ServiceDefinitionOutput,
    ServiceOutput,
    TokenOutput,
)
from tickets.open311.words import KEY_SERVICE, in_language

F = TypeVar("F", bound=JurisdictionInput)

JURISDICTION = "jurisdiction_id"
FORMAT = OpenApiParameter(
    "format", str, OpenApiParameter.PATH, enum=["", ".json", ".xml"], description="Empty: by the header `Accept`."
)
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER, description="Made by the client: a repeat with it files nothing."
)
REFUSED = {code: ErrorOutput(many=True) for code in (400, 403, 404, 429)}
SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
EVERYWHERE = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Retry-After"}
"""Civic apps run in browsers, on pages of others. No cookie opens this door: whoever has a key has been given it."""
PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD, POST",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key",
    "Access-Control-Max-Age": "86400",
}


class GeoReportView(APIView):
    """Open to everybody, with or without a key; `root` is what its answer is called in XML."""

    authentication_classes = (ApiKey,)
    permission_classes = (AllowAny,)
    parser_classes = (FormParser, MultiPartParser)
    renderer_classes = (JSONRenderer, XMLRenderer, ApplicationXMLRenderer)
    throttle_classes = (Pace,)
    root = "service_requests"

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """A browser that asks what it may do says nothing of who is asking, and does not count."""
        if request.method != "OPTIONS":
            super().initial(request, *args, **kwargs)

    def options(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Response:
        """What a page of others may do here."""
        return Response(status=status.HTTP_204_NO_CONTENT, headers=PREFLIGHT)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        for name, value in EVERYWHERE.items():
            response[name] = value
        return response

    def get_exception_handler(self) -> Any:
        return refuse

    def viewer(self) -> User | None:
        """Whose key it is, if there is one."""
        user: Any = self.request.user
        return user if user.is_authenticated else None

    def read(self, form_class: type[F], sent: QueryDict) -> tuple[Territory | None, dict[str, Any]]:
        """The territory that was named, and the rest of the validated input."""
        form = form_class(data=_said(sent))
        form.is_valid(raise_exception=True)
        data = dict(form.validated_data)
        return access.jurisdiction(data.pop(JURISDICTION)), data

    def show(self, requests: Iterable[Ticket]) -> Response:
        """These, as the viewer may see them."""
        context = {"viewer": self.viewer(), "request": self.request}
        return Response(RequestOutput(requests, many=True, context=context).data)


def _said(sent: QueryDict) -> QueryDict:
    """The parameters that say something: an empty one is as good as none."""
    said = QueryDict(mutable=True)
    for name, texts in sent.lists():
        if kept := [text for text in texts if text.strip()]:
            said.setlist(name, kept)
    return said


@extend_schema(tags=["open311"])
class DiscoveryView(GeoReportView):
    root = "discovery"

    @extend_schema(operation_id="open311_discovery", parameters=[FORMAT], responses={200: DiscoveryOutput})
    def get(self, request: Request, format: str) -> Response:
        """Where this API is, and whom to ask about it."""
        changed_at = selectors.changed_at()
        sign_in = request.build_absolute_uri(reverse("sign-in-code"))
        endpoint = {
            "specification": SPECIFICATION,
            "url": request.build_absolute_uri(".").rstrip("/"),
            "changeset": changed_at,
            "type": "test" if settings.SAFE_TO_SHOW else "production",
            "formats": [renderer.media_type for renderer in (XMLRenderer, JSONRenderer)],
        }
        found = {
            "changeset": changed_at,
            "contact": settings.OPEN311_CONTACT,
            "key_service": settings.OPEN311_KEY_SERVICE or in_language(*KEY_SERVICE).format(url=sign_in),
            "endpoints": [endpoint],
        }
        return Response(DiscoveryOutput(found).data)


@extend_schema(tags=["open311"])
class ServicesView(GeoReportView):
    root = "services"

    @extend_schema(
        operation_id="open311_services",
        parameters=[FORMAT, JurisdictionInput],
        responses={200: ServiceOutput(many=True), **REFUSED},
    )
    def get(self, request: Request, format: str) -> Response:
        """What can be reported."""
        self.read(JurisdictionInput, request.query_params)
        return Response(ServiceOutput(selectors.services(), many=True).data)


@extend_schema(tags=["open311"])
class ServiceDefinitionView(GeoReportView):
    root = "service_definition"

    @extend_schema(
        operation_id="open311_service_definition",
        parameters=[FORMAT, JurisdictionInput],
        responses={200: ServiceDefinitionOutput, **REFUSED},
    )
    def get(self, request: Request, service_code: str, format: str) -> Response:
        """What is asked for it."""
        self.read(JurisdictionInput, request.query_params)
        return Response(ServiceDefinitionOutput(access.offered_service(service_code)).data)


@extend_schema(tags=["open311"])
class RequestsView(GeoReportView):
    @extend_schema(
        operation_id="open311_requests",
        parameters=[FORMAT, RequestsInput],
        responses={200: RequestOutput(many=True), **REFUSED},
    )
    def get(self, request: Request, format: str) -> Response:
        """The requests that were filed with this key, and public ones; of the last 90 days, at most 1,000."""
        territory, data = self.read(RequestsInput, request.query_params)
        found = selectors.requests(
            self.viewer(),
            territory=territory,
            references=data.get("service_request_id", ()),
            service_codes=data.get("service_code", ()),
            start=data.get("start_date"),
            end=data.get("end_date"),
            statuses=data.get("status", ()),
        )
        return self.show(found)

    @extend_schema(
        operation_id="open311_file_request",
        parameters=[FORMAT, IDEMPOTENCY_KEY, JurisdictionInput],
        request={
            "application/x-www-form-urlencoded": FileRequestInput,
            "multipart/form-data": FileRequestWithPhotosInput,
        },
        responses={
            201: FiledOutput(many=True),
            **REFUSED,
            **{code: ErrorOutput(many=True) for code in (409, 413, 415, 422)},
        },
    )
    def post(self, request: Request, format: str) -> Response:
        """File a request, with the key of a resident."""
        access.filer(self.viewer())
        form = _form(request)
        if form.get("media", "").strip():
            raise Invalid("media_not_a_file", "Send photos as files, with a name; links as media_url.", field="media")
        territory, data = self.read(FileRequestInput, form)
        ticket = services.file_request(
            actor=actor_of(request),
            occurred_at=now(),
            sending=sending_of(request, form),
            attributes=_answers(form),
            photos=[photo for _, photos in request.FILES.lists() for photo in photos],
            territory_id=territory.pk if territory else None,
            **data,
        )
        return Response(FiledOutput([ticket], many=True).data, status.HTTP_201_CREATED)


def _form(request: Request) -> QueryDict:
    """What was sent. Old clients name the territory in the address; what the body says goes before it."""
    form: QueryDict = request.POST.copy()
    in_address = request.query_params.get(JURISDICTION, "")
    if in_address.strip() and not form.get(JURISDICTION, "").strip():
        form[JURISDICTION] = in_address
    return form


def _answers(sent: QueryDict) -> dict[str, list[str]]:
    """The texts by the code of the question that they answer."""
    answers: dict[str, list[str]] = {}
    for name, texts in sent.lists():
        if found := ATTRIBUTE.fullmatch(name):
            answers.setdefault(found[1], []).extend(texts)
    return answers


@extend_schema(tags=["open311"])
class RequestView(GeoReportView):
    @extend_schema(
        operation_id="open311_request",
        parameters=[FORMAT, JurisdictionInput],
        responses={200: RequestOutput(many=True), **REFUSED},
    )
    def get(self, request: Request, service_request_id: str, format: str) -> Response:
        """One request."""
        self.read(JurisdictionInput, request.query_params)
        return self.show([selectors.request(self.viewer(), service_request_id)])


@extend_schema(tags=["open311"])
class TokenView(GeoReportView):
    @extend_schema(
        operation_id="open311_token",
        parameters=[FORMAT, JurisdictionInput],
        responses={200: TokenOutput(many=True), **REFUSED},
    )
    def get(self, request: Request, token: str, format: str) -> Response:
        """The request behind a token. Filing answers with the id at once, which is its token too."""
        self.read(JurisdictionInput, request.query_params)
        return Response(TokenOutput([selectors.request(self.viewer(), token)], many=True).data)


@extend_schema(tags=["open311"])
class PictureView(GeoReportView):
    content_negotiation_class = AsItComes

    @extend_schema(
        operation_id="open311_picture",
        responses={
            (200, pictures.CONTENT_TYPE): OpenApiTypes.BINARY,
            304: OpenApiResponse(description="As the ETag says, you have it already."),
            **REFUSED,
        },
    )
    def get(self, request: Request, picture_id: UUID) -> HttpResponseBase:
        """A photo of one's own request, to look at: upright, without what the camera noted."""
        file = access.picture_to_see(self.viewer(), picture_id)
        return serving.thumbnail(request, file, max(pictures.EDGES), filename=f"photo-{picture_id}")
