"""HTTP: who is calling."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.searching import Typed
from sync.http import actor_of
from tickets.callers import access, selectors
from tickets.callers.serializers import CallerOutput, FindCallersQuery


class CallersView(APIView):
    """Who is calling. For the desk."""

    @extend_schema(
        operation_id="callers_find",
        tags=["tickets"],
        parameters=[FindCallersQuery],
        responses=CallerOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        """Whom the desk may mean by what it has typed so far, at most 20, the best first."""
        user = access.desk_of(actor_of(request))
        query = FindCallersQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        typed = Typed.of(query.validated_data["q"], field="q")
        return Response(CallerOutput(selectors.find_callers(user, typed), many=True).data)
