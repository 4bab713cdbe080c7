"""HTTP: Open311 GeoReport v2."""

from typing import Any, TypeVar

from django.http import QueryDict
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.permissions import AllowAny
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import Territory, User
from fieldsvc.time import now
from sync.http import actor_of
from tickets.open311 import access, selectors, services
from tickets.open311.attributes import ATTRIBUTE
from tickets.open311.formats import ApplicationXMLRenderer, FormParser, XMLRenderer, refuse
from tickets.open311.keys import ApiKey
from tickets.open311.serializers import (
    ErrorOutput,
    FiledOutput,
    FileRequestInput,
    JurisdictionInput,
    RequestOutput,
    RequestsInput,
    ServiceDefinitionOutput,
    ServiceOutput,
    TokenOutput,
)

F = TypeVar("F", bound=JurisdictionInput)

FORMAT = OpenApiParameter(
    "format", str, OpenApiParameter.PATH, enum=["", ".json", ".xml"], description="Empty: by the header `Accept`."
)
REFUSED = {code: ErrorOutput(many=True) for code in (400, 403, 404)}


class GeoReportView(APIView):
    """Open to everybody, with or without a key; `root` is what its answer is called in XML."""

    authentication_classes = (ApiKey,)
    permission_classes = (AllowAny,)
    parser_classes = (FormParser,)
    renderer_classes = (JSONRenderer, XMLRenderer, ApplicationXMLRenderer)
    root = "service_requests"

    def get_exception_handler(self) -> Any:
        return refuse

    def viewer(self) -> User | None:
        """Whose key it is, if there is one."""
        user: Any = self.request.user
        return user if user.is_authenticated else None

    def read(self, form_class: type[F], sent: Any) -> tuple[Territory | None, dict[str, Any]]:
        """The territory that was named, and the rest of the validated input."""
        form = form_class(data=sent)
        form.is_valid(raise_exception=True)
        data = dict(form.validated_data)
        return access.jurisdiction(data.pop("jurisdiction_id")), data


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
        viewer = self.viewer()
        found = selectors.requests(
            viewer,
            territory=territory,
            references=data.get("service_request_id", ()),
            service_codes=data.get("service_code", ()),
            start=data.get("start_date"),
            end=data.get("end_date"),
            statuses=data.get("status", ()),
        )
        return Response(RequestOutput(found, many=True, context={"viewer": viewer}).data)

    @extend_schema(
        operation_id="open311_file_request",
        parameters=[FORMAT],
        request={"application/x-www-form-urlencoded": FileRequestInput},
        responses={201: FiledOutput(many=True), **REFUSED},
    )
    def post(self, request: Request, format: str) -> Response:
        """File a request, with the key of a resident."""
        access.filer(self.viewer())
        territory, data = self.read(FileRequestInput, request.data)
        ticket = services.file_request(
            actor=actor_of(request),
            occurred_at=now(),
            attributes=_answers(request.data),
            territory_id=territory.pk if territory else None,
            **data,
        )
        return Response(FiledOutput([ticket], many=True).data, status.HTTP_201_CREATED)


def _answers(sent: Any) -> dict[str, list[str]]:
    """The texts by the code of the question that they answer."""
    answers: dict[str, list[str]] = {}
    for name, texts in sent.lists() if isinstance(sent, QueryDict) else ():
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
        viewer = self.viewer()
        found = selectors.request(viewer, service_request_id)
        return Response(RequestOutput([found], many=True, context={"viewer": viewer}).data)


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
