"""HTTP: one's own calendar link, and the calendar to which it leads."""

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.permissions import AllowAny
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from fieldsvc.time import now
from sync.http import actor_of
from tickets.calendar_links import access, services
from tickets.calendar_links.serializers import CalendarLinkOutput, NewCalendarLinkOutput
from tickets.calendar_links.writing import CONTENT_TYPE


@extend_schema(tags=["visits"])
class CalendarLinkView(APIView):
    """The private address of one's own visits, for calendar apps. One per technician."""

    @extend_schema(operation_id="calendar_link_retrieve", responses=CalendarLinkOutput)
    def get(self, request: Request) -> Response:
        """Whether there is one, and since when."""
        return Response(CalendarLinkOutput(access.own_link(actor_of(request))).data)

    @extend_schema(operation_id="calendar_link_make", request=None, responses={201: NewCalendarLinkOutput})
    def post(self, request: Request) -> Response:
        """Make one, in place of the former. Its address is shown only here. For technicians."""
        secret = services.make_calendar_link(actor=actor_of(request), occurred_at=now())
        url = request.build_absolute_uri(reverse("calendar-of-visits", kwargs={"secret": secret}))
        return Response(NewCalendarLinkOutput({"url": url}).data, status.HTTP_201_CREATED)

    @extend_schema(operation_id="calendar_link_revoke", responses={204: None})
    def delete(self, request: Request) -> Response:
        """It is good for nothing any more."""
        services.revoke_calendar_link(actor=actor_of(request), occurred_at=now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class CalendarRenderer(JSONRenderer):
    """Lets clients in that accept calendars alone. What it renders are refusals, which are JSON."""

    media_type = "text/calendar"


class CalendarView(APIView):
    """The visits of whoever made the link."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    renderer_classes = (CalendarRenderer, JSONRenderer)

    @extend_schema(
        tags=["visits"],
        operation_id="calendar_link_read",
        responses={
            (200, "text/calendar"): OpenApiTypes.STR,
            304: OpenApiResponse(description="As the ETag or Last-Modified says, you have it already."),
        },
    )
    def get(self, request: Request, secret: str) -> HttpResponseBase:
        """The visits as iCalendar, from two weeks ago on. Needs no token: the address itself is the secret."""
        reading = services.read_calendar(secret=secret, occurred_at=now())
        changed = int(reading.changed_at.timestamp())
        response = HttpResponse(reading.content, content_type=CONTENT_TYPE)
        response["ETag"] = etag = f'"{reading.digest}"'
        response["Last-Modified"] = http_date(changed)
        response["Cache-Control"] = "private, no-cache"  # a revoked link shows nothing any more
        return get_conditional_response(cast(HttpRequest, request), etag, changed, response) or response
