"""Answers as tables for spreadsheets: CSV and XLSX beside JSON, by `?format=` or by the header `Accept`.

```python
class ExportView(TableView):
    def get(self, request: Request) -> Response:
        if wants_table(request):
            return table_response(request, Table(name="charges", columns=[...], rows=...))
        return Response(...)
```
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Any

from django.utils.http import content_disposition_header
from drf_spectacular.utils import OpenApiResponse
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from fieldsvc.errors import Invalid

Cell = str | int | float | Decimal | date | None
"""What stands in a table. Moments are written as text, ISO 8601: spreadsheets know no time zones."""

BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A text that begins so would be reckoned by a spreadsheet that opens a CSV file, whoever wrote it into a ticket."""
WIDTH, WIDEST = 12, 40
"""Characters of a column of a sheet."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table for people: `name` names the file and the sheet, `columns` stand above the rows."""

    name: str
    columns: Sequence[str]
    rows: Iterable[Sequence[Cell]]


def as_csv(table: Table) -> bytes:
    """Comma-separated (RFC 4180), in UTF-8 with the mark by which spreadsheets know that it is."""
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow([_csv_cell(column) for column in table.columns])
    writer.writerows([_csv_cell(value) for value in row] for row in table.rows)
    return out.getvalue().encode("utf-8-sig", errors="replace")


def _csv_cell(value: Cell) -> Cell:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str) and value.startswith(BEGINS_A_FORMULA):
        return f"'{value}"
    return value


def as_xlsx(table: Table) -> bytes:
    """An Excel workbook of one sheet (ECMA-376). No text is ever a formula."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(table.name[:31])  # longer names Excel does not open
    sheet.freeze_panes = "A2"
    for number, column in enumerate(table.columns, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = min(max(WIDTH, len(column) + 2), WIDEST)
    sheet.append([_xlsx_cell(sheet, column, bold=True) for column in table.columns])
    for row in table.rows:
        sheet.append([_xlsx_cell(sheet, value) for value in row])
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _xlsx_cell(sheet: Any, value: Cell, *, bold: bool = False) -> Any:
    if isinstance(value, datetime):
        value = value.isoformat()
    if not isinstance(value, str):
        return value
    text = ILLEGAL_CHARACTERS_RE.sub("", value).encode(errors="replace").decode()
    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"
    if bold:
        cell.font = Font(bold=True)
    return cell


class _TableRenderer(JSONRenderer):
    """Writes tables. What else it is given are refusals, which are JSON."""

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        if isinstance(data, Table):
            return self.written(data)
        return bytes(super().render(data, "application/json", renderer_context))

    def written(self, table: Table) -> bytes:
        """The file."""
        raise NotImplementedError


class CSVRenderer(_TableRenderer):
    media_type = "text/csv"
    format = "csv"
    charset = "utf-8"

    def written(self, table: Table) -> bytes:
        return as_csv(table)


class XLSXRenderer(_TableRenderer):
    media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    format = "xlsx"

    def written(self, table: Table) -> bytes:
        return as_xlsx(table)


class ByFormat(DefaultContentNegotiation):
    """REST framework's own, but an unknown format is a wrong parameter, no missing page."""

    def filter_renderers(self, renderers: Iterable[BaseRenderer], format: str) -> list[BaseRenderer]:
        """Raises Invalid("format_not_valid")."""
        offered = {renderer.format: renderer for renderer in renderers}
        if format not in offered:
            allowed = list(offered)
            raise Invalid("format_not_valid", "Ask for one of the formats on offer.", field="format", allowed=allowed)
        return [offered[format]]


class TableView(APIView):
    """A view that answers in JSON, or as a table."""

    renderer_classes = (JSONRenderer, CSVRenderer, XLSXRenderer)
    content_negotiation_class = ByFormat


def wants_table(request: Request) -> bool:
    """Whether the client asked for a spreadsheet."""
    return isinstance(request.accepted_renderer, _TableRenderer)


def table_response(request: Request, table: Table) -> Response:
    """The table as a file, in the format that was asked for: for whom `wants_table`."""
    file = f"{table.name}.{request.accepted_renderer.format}"
    return Response(table, headers={"Content-Disposition": content_disposition_header(True, file)})


def tables(described: Any) -> dict[Any, Any]:
    """For `@extend_schema(responses=…)`: `described` as JSON, or the same as a file."""
    file = OpenApiResponse(description="The same as a table.", response=bytes)
    return {
        (200, "application/json"): described,
        (200, CSVRenderer.media_type): file,
        (200, XLSXRenderer.media_type): file,
    }
