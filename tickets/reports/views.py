"""HTTP: reports."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from fieldsvc.errors import Invalid
from fieldsvc.tables import TableView, table_response, tables, wants_table
from fieldsvc.time import now
from sync.http import actor_of
from tickets.reports import access, selectors, writing
from tickets.reports.selectors import Period
from tickets.reports.serializers import (
    BacklogOutput,
    BacklogQuery,
    TicketReportOutput,
    TicketReportQuery,
    measures,
)
from tickets.reports.services import as_of

WEEKS = 12
"""Of a report for which no beginning was asked, before the present one."""


def period_of(asked: dict[str, Any], user: User) -> Period:
    """The asked days, or the last weeks until today as it is where this person lives.

    Raises Invalid("period_reversed").
    """
    until = asked.get("until") or now().astimezone(ZoneInfo(user.time_zone)).date()
    since = asked.get("since") or until - timedelta(days=until.weekday(), weeks=WEEKS)
    if since > until:
        raise Invalid("period_reversed", "The period has to begin before it ends.", field="until")
    return Period(since, until)


class TicketReportView(TableView):
    """How the tickets of a period fared."""

    @extend_schema(
        operation_id="reports_tickets",
        tags=["reports"],
        parameters=[TicketReportQuery],
        responses=tables(TicketReportOutput),
    )
    def get(self, request: Request) -> Response:
        """Promises kept, times, repairs, satisfaction. For dispatchers and supervisors of their own territories."""
        user = access.reader_of(actor_of(request))
        query = TicketReportQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked, period, told_of = query.asked(), period_of(query.validated_data, user), as_of()
        report = selectors.ticket_report(user, asked, period)
        if wants_table(request):
            name = f"tickets-{period.since}-{period.until}-as-of-{told_of:%Y%m%dT%H%M%SZ}"
            language = query.validated_data.get("language", user.language)
            return table_response(request, writing.ticket_table(report, asked, name=name, language=language))
        return Response(
            {
                "as_of": told_of,
                "since": period.since,
                "until": period.until,
                "rows": writing.rows_of(report, asked, measures),
                "total": measures(report.total),
            }
        )


class BacklogView(TableView):
    """What is open."""

    @extend_schema(
        operation_id="reports_backlog", tags=["reports"], parameters=[BacklogQuery], responses=tables(BacklogOutput)
    )
    def get(self, request: Request) -> Response:
        """How many tickets are open now, by age. For dispatchers and supervisors of their own territories."""
        user, at = access.reader_of(actor_of(request)), now()
        query = BacklogQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked = query.asked()
        report = selectors.backlog(user, asked, at)
        if wants_table(request):
            name = f"backlog-as-of-{at:%Y%m%dT%H%M%SZ}"
            language = query.validated_data.get("language", user.language)
            return table_response(request, writing.backlog_table(report, asked, name=name, language=language))
        return Response({"as_of": at, "rows": writing.rows_of(report, asked, dict), "total": report.total})
