"""Tables for spreadsheets: what stands in them is what was said, and never a formula."""

import csv
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Any

import openpyxl
import pytest

from fieldsvc.tables import Table, as_csv, as_xlsx

MOMENT = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)


def table(*rows: list[Any]) -> Table:
    return Table(name="费用 of a very long month, and of another", columns=["片区", "amount"], rows=rows)


def read_csv(content: bytes) -> list[list[str]]:
    return list(csv.reader(StringIO(content.decode("utf-8-sig"))))


def sheet_of(content: bytes) -> Any:
    return openpyxl.load_workbook(BytesIO(content)).active


def read_xlsx(content: bytes) -> list[list[Any]]:
    return [[cell.value for cell in row] for row in sheet_of(content).iter_rows()]


def test_a_spreadsheet_opens_chinese_as_chinese():
    assert as_csv(table(["北区", 1])).startswith(b"\xef\xbb\xbf")
    assert read_csv(as_csv(table(["北区", 1]))) == [["片区", "amount"], ["北区", "1"]]
    assert read_xlsx(as_xlsx(table(["北区", 1]))) == [["片区", "amount"], ["北区", 1]]


def test_numbers_and_days_stay_numbers_and_days():
    content = as_xlsx(table([Decimal("12.50"), 3], [date(2026, 11, 22), None]))
    _, first, second = read_xlsx(content)
    assert first == [12.5, 3]
    assert [second[0].date(), second[1]] == [date(2026, 11, 22), None]
    assert read_csv(as_csv(table([Decimal("-12.50"), None])))[1] == ["-12.50", ""]


def test_a_moment_keeps_its_time_zone():
    assert read_xlsx(as_xlsx(table([MOMENT, None])))[1] == ["2026-11-22T08:30:00+00:00", None]
    assert read_csv(as_csv(table([MOMENT, None])))[1] == ["2026-11-22T08:30:00+00:00", ""]


@pytest.mark.parametrize("text", ["=1+1", "+8613812345678", "-1", "@SUM(A1)", "\t=1", "#N/A"])
def test_what_somebody_wrote_is_no_formula(text: str):
    cell = sheet_of(as_xlsx(table([text, None])))["A2"]
    assert (cell.value, cell.data_type) == (text, "s")
    if text[0] != "#":
        assert read_csv(as_csv(table([text, None])))[1][0] == f"'{text}"


def test_characters_that_no_file_can_hold_break_none():
    assert read_xlsx(as_xlsx(table(["a\x00b\ud800c", None])))[1][0] == "ab?c"
    assert read_csv(as_csv(table(["a\ud800c", None])))[1][0] == "a?c"
