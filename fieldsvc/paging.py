"""Pages of lists: by cursor, so that nothing is skipped or shown twice while rows come and go.

A cursor is the place between two rows: the last one's value of the ordering field, and its id. (REST framework's own
cursors count an offset within equal values and give up at a thousand of them; a city has more tickets of one priority.)
"""

from typing import Any

import orjson
from django.core.signing import BadSignature, Signer
from django.db.models import Q
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from fieldsvc.errors import Invalid

PAGE_SIZE = 50
MAX_PAGE_SIZE = 200


class CursorPages(BasePagination):
    """`?page_size=` up to 200, `?ordering=` by the fields that a view offers (`ordering_fields`), `?cursor=`."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        """The rows of the asked page, and where its neighbours begin."""
        self.url = request.build_absolute_uri()
        size = self._page_size(request)
        order = self._order(request, view)
        field, falling = order.lstrip("-"), order.startswith("-")
        self.list = f"{queryset.model._meta.label}:{order}"
        place = _read_cursor(request.query_params.get("cursor", ""), self.list)
        backwards = place is not None and place[0]
        rows = _first(size + 1, _parts(queryset, field, view), field, place, falling=falling != backwards)
        more = len(rows) > size
        rows = rows[:size][::-1] if backwards else rows[:size]
        self.next = self.previous = None
        if rows and (more or backwards):
            self.next = self._link(False, rows[-1], field)
        if rows and (place is not None) and (more or not backwards):
            self.previous = self._link(True, rows[0], field)
        return rows

    def _link(self, backwards: bool, row: Any, field: str) -> str:
        cursor = _signer(self.list).sign(orjson.dumps([backwards, getattr(row, field), row.pk], default=str).decode())
        return replace_query_param(self.url, "cursor", cursor)

    def _page_size(self, request: Request) -> int:
        text = request.query_params.get("page_size", str(PAGE_SIZE))
        if not (text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= MAX_PAGE_SIZE):
            raise Invalid("page_size_not_valid", f"Ask for 1 to {MAX_PAGE_SIZE} rows.", field="page_size")
        return int(text)

    def _order(self, request: Request, view: Any) -> str:
        """The asked order, or the view's own. Raises Invalid("ordering_not_valid") for a field that is not on offer."""
        asked = request.query_params.get("ordering", "")
        offered = list(getattr(view, "ordering_fields", ()))
        if not asked:
            return str(getattr(view, "ordering", ["-id"])[0])
        if asked.removeprefix("-") not in offered:
            detail = "Order by one of the allowed fields."
            raise Invalid("ordering_not_valid", detail, field="ordering", allowed=offered)
        return asked

    def get_paginated_response(self, data: Any) -> Response:
        """The rows with the addresses of the pages before and after them."""
        return Response({"next": self.next, "previous": self.previous, "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """For OpenAPI."""
        link = {"type": "string", "nullable": True, "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link, "previous": link, "results": schema},
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """For OpenAPI."""

        def parameter(name: str, description: str, **schema: Any) -> dict[str, Any]:
            return {"name": name, "in": "query", "required": False, "description": description, "schema": schema}

        parameters = [
            parameter("cursor", "From `next` or `previous` of another page.", type="string"),
            parameter("page_size", "Rows in a page.", type="integer", minimum=1, maximum=MAX_PAGE_SIZE),
        ]
        if offered := getattr(view, "ordering_fields", ()):
            values = [sign + field for field in offered for sign in ("", "-")]
            parameters.append(
                parameter("ordering", "Order of the list; a minus turns it round.", type="string", enum=values)
            )
        return parameters


def _parts(queryset: Any, field: str, view: Any) -> list[Any]:
    """The rows in parts, all of one before all of the next: those that the view makes (`parts`), or all in one."""
    parts: list[Any] = view.parts(queryset, field) if hasattr(view, "parts") else [queryset]
    return parts


def _first(number: int, parts: list[Any], field: str, place: Any, *, falling: bool) -> list[Any]:
    """So many rows from the place on, in this order."""
    sign = "-" if falling else ""
    rows: list[Any] = []
    for part in reversed(parts) if falling else parts:
        ordered = part.order_by(sign + field, sign + "id") if field != "id" else part.order_by(sign + "id")
        if place is not None:
            nullable = _is_nullable(part.model, field)
            ordered = ordered.filter(_behind(field, place[1], place[2], falling=falling, nullable=nullable))
        rows += ordered[: number - len(rows)]
        if len(rows) == number:
            break
    return rows


def _is_nullable(model: Any, field: str) -> bool:
    """What the view computes (an annotation) is taken to be."""
    own = {each.name: each for each in model._meta.concrete_fields}
    return field not in own or bool(own[field].null)


def _behind(field: str, value: Any, row_id: Any, *, falling: bool, nullable: bool) -> Q:
    """Rows behind the place, in an order in which nulls are greatest, as in PostgreSQL's own."""
    then, than = ("id__lt", "lt") if falling else ("id__gt", "gt")
    if field == "id":
        return Q(**{then: row_id})
    unset = Q(**{f"{field}__isnull": True})
    if value is None:
        return unset & Q(**{then: row_id}) | (~unset if falling else Q(pk__in=[]))
    # The first condition says nothing new: it lets PostgreSQL begin in the middle of an index.
    beyond = Q(**{f"{field}__{than}e": value}) & (Q(**{f"{field}__{than}": value}) | Q(**{then: row_id}))
    return beyond | unset if nullable and not falling else beyond


def _signer(of_list: str) -> Signer:
    return Signer(salt=f"paging:{of_list}")


def _read_cursor(text: str, of_list: str) -> tuple[bool, Any, Any] | None:
    """Raises Invalid("cursor_not_valid") for a cursor that we did not make for this list in this order."""
    if not text:
        return None
    try:
        backwards, value, row_id = orjson.loads(_signer(of_list).unsign(text))
    except (BadSignature, ValueError) as error:
        raise Invalid("cursor_not_valid", "Start again from the first page.", field="cursor") from error
    return backwards, value, row_id
