"""What a civic export says, row by row, and what is said about one that says nothing."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from fieldsvc.errors import Invalid
from tests.imports.exports import API, DISPLAY, export
from tickets.imports.reading import Rejection, Request, read_original, read_requests


def read(path: Path) -> tuple[list[Request], list[Rejection]]:
    rows = list(read_requests(path))
    return [row for row in rows if isinstance(row, Request)], [row for row in rows if isinstance(row, Rejection)]


def only(folder: Path, **cells: str) -> Request:
    """The request of an export with one row."""
    [request], rejections = read(export(folder, {name.replace("_", " "): cell for name, cell in cells.items()}))
    assert rejections == []
    return request


def reason(folder: Path, **cells: str) -> str:
    """Why the one row of an export is rejected."""
    requests, [rejection] = read(export(folder, {name.replace("_", " "): cell for name, cell in cells.items()}))
    assert requests == []
    return rejection.reason


def test_both_shapes_of_the_export_mean_the_same():
    display, api = read(DISPLAY), read(API)

    assert [request.key for request in display[0]] == ["700001", "700002", "700003", "700004", "700005", "700006"]
    assert display == api


def test_a_row_is_understood():
    request = read(DISPLAY)[0][0]

    assert request.reported_at == datetime(2018, 6, 26, 14, 58, 54, tzinfo=UTC)
    assert request.closed_at == datetime(2018, 6, 26, 16, 50, 1, tzinfo=UTC)
    assert (request.territory, request.service_type, request.status) == ("nyc-bronx", "civic_heating", "closed")
    assert request.address == "1041 PROSPECT AVENUE, BRONX, 10459"
    assert (request.latitude, request.longitude) == (40.825, -73.902)
    assert request.flags == ()
    assert request.original["created_date"] == "06/26/2018 10:58:54 AM"


def test_a_crossing_is_an_address_too():
    request = read(DISPLAY)[0][1]

    assert request.address == "WEST 138 STREET & AMSTERDAM AVENUE, NEW YORK, 10031"


def test_what_was_kept_of_a_row_can_be_read_again():
    for request in read(DISPLAY)[0]:
        assert read_original(request.original) == request


def test_winter_time_is_five_hours_behind_and_summer_time_four(tmp_path):
    winter = only(tmp_path, Created_Date="01/15/2019 12:00:00 PM")
    summer = only(tmp_path, Created_Date="07/15/2019 12:00:00 PM")

    assert winter.reported_at == datetime(2019, 1, 15, 17, tzinfo=UTC)
    assert summer.reported_at == datetime(2019, 7, 15, 16, tzinfo=UTC)


def test_in_the_hour_that_comes_twice_the_first_pass_is_meant(tmp_path):
    request = only(tmp_path, Created_Date="11/04/2018 01:30:00 AM")

    assert request.reported_at == datetime(2018, 11, 4, 5, 30, tzinfo=UTC)
    assert request.flags == ("time_ambiguous",)


def test_in_the_hour_that_comes_twice_nothing_is_closed_before_it_was_reported():
    request = read(DISPLAY)[0][2]

    assert request.reported_at == datetime(2018, 11, 4, 5, 40, tzinfo=UTC)
    assert request.closed_at == datetime(2018, 11, 4, 6, 15, tzinfo=UTC)
    assert request.flags == ("time_ambiguous",)


def test_a_time_that_the_clocks_skipped_is_kept_and_flagged(tmp_path):
    request = only(tmp_path, Created_Date="03/11/2018 02:30:00 AM")

    assert request.reported_at == datetime(2018, 3, 11, 7, 30, tzinfo=UTC)
    assert request.flags == ("time_skipped",)


def test_a_time_with_a_zone_is_taken_at_its_word(tmp_path):
    request = only(tmp_path, Created_Date="2018-11-04T01:30:00.000-05:00", Closed_Date="2018-11-04T07:00:00Z")

    assert request.reported_at == datetime(2018, 11, 4, 6, 30, tzinfo=UTC)
    assert request.closed_at == datetime(2018, 11, 4, 7, tzinfo=UTC)
    assert request.flags == ()


def test_closed_before_created_is_kept_and_flagged():
    request = read(DISPLAY)[0][3]

    assert request.closed_at is not None
    assert request.closed_at < request.reported_at
    assert request.flags == ("closed_before_created",)


@pytest.mark.parametrize(("latitude", "longitude"), [("0", "0"), ("51.5", "-0.12"), ("40.7", "")])
def test_a_place_outside_the_city_is_no_place_and_flagged(tmp_path, latitude, longitude):
    request = only(tmp_path, Latitude=latitude, Longitude=longitude)

    assert (request.latitude, request.longitude) == (None, None)
    assert request.flags == ("place_implausible",)


def test_a_status_that_we_have_not_met_is_new_and_flagged(tmp_path):
    request = only(tmp_path, Status="Sleeping")

    assert (request.status, request.flags) == ("new", ("status_unknown",))


def test_a_complaint_type_that_no_table_knows_is_another_civic_request(tmp_path):
    assert only(tmp_path, Complaint_Type="Ferry Inquiry").service_type == "civic_other"


def test_complaint_types_are_known_whatever_their_case(tmp_path):
    assert only(tmp_path, Complaint_Type="Heat/Hot water").service_type == "civic_heating"


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"Unique_Key": " "}, "Unique Key is missing."),
        ({"Unique_Key": "9" * 65}, "Unique Key is longer than 64 characters."),
        ({"Created_Date": ""}, "Created Date is missing."),
        ({"Created_Date": "yesterday"}, "Created Date 'yesterday' is not a time."),
        ({"Created_Date": "06/31/2018 10:00:00 AM"}, "Created Date '06/31/2018 10:00:00 AM' is not a time."),
        ({"Closed_Date": "13/13/2018 10:00:00 AM"}, "Closed Date '13/13/2018 10:00:00 AM' is not a time."),
        ({"Created_Date": "0001-01-01T00:00:00+14:00"}, "Created Date '0001-01-01T00:00:00+14:00' is not a time."),
        ({"Complaint_Type": ""}, "Complaint Type is missing."),
        ({"Borough": "ATLANTIS"}, "Borough 'ATLANTIS' is not in the table."),
        ({"Latitude": "91", "Longitude": "0"}, "Latitude 91 and longitude 0 are not on this planet."),
        ({"Latitude": "nan", "Longitude": "nan"}, "Latitude nan and longitude nan are not on this planet."),
        ({"Latitude": "north", "Longitude": "west"}, "Latitude 'north' and longitude 'west' are not numbers."),
        ({"Descriptor": "a\0b"}, "The row contains a NUL character."),
    ],
)
def test_a_row_that_cannot_be_taken_says_why(tmp_path, cells, expected):
    # A header above 4 KB of text, so that a NUL is found in the row and not in the look at the file's first bytes.
    assert reason(tmp_path, **{"x" * 5_000: ""}, **cells) == expected


def test_rejected_rows_are_named_by_line_and_the_others_stand(tmp_path):
    path = export(
        tmp_path,
        {"Descriptor": "over\ntwo lines"},
        {"Created Date": "soon"},
        {},
        {"Borough": "ATLANTIS"},
    )

    requests, rejections = read(path)

    assert [(request.key, request.line) for request in requests] == [("1", 2), ("3", 5)]
    assert [(rejection.key, rejection.line) for rejection in rejections] == [("2", 4), ("4", 6)]


def test_a_row_of_another_length_is_rejected_alone(tmp_path):
    path = export(tmp_path, {}, {})
    path.write_text(path.read_text() + "3,too,short\n")

    requests, rejections = read(path)

    assert len(requests) == 2
    assert rejections == [Rejection(4, "3", "The row has 3 cells and the header 7.")]


def test_bytes_that_are_not_utf_8_cost_only_their_row(tmp_path):
    path = export(tmp_path, {}, {"Descriptor": "caf\u00e9"}, {})
    path.write_bytes(path.read_bytes().replace("é".encode(), b"\xe9"))

    requests, rejections = read(path)

    assert [request.key for request in requests] == ["1", "3"]
    assert rejections == [Rejection(3, "2", "The row is not UTF-8 text.")]


def test_a_quote_that_never_closes_costs_the_lines_that_it_swallowed(tmp_path):
    path = export(tmp_path, {}, {"Descriptor": "MARK"}, *({} for _ in range(5_000)))
    path.write_text(path.read_text().replace("MARK", '"unclosed'))

    requests, rejections = read(path)

    assert requests[0].key == "1"
    assert requests[-1].key == "5002"
    assert rejections[0].line == 3
    assert "field larger than field limit" in rejections[0].reason
    assert "an open quote?" in rejections[0].reason


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path):
    assert len(read(export(tmp_path, {}, encoding="utf-8-sig"))[0]) == 1


def test_newer_exports_call_two_columns_differently(tmp_path):
    path = export(tmp_path, {})
    path.write_text(
        path.read_text()
        .replace("Complaint Type", "Problem (formerly Complaint Type)")
        .replace("Descriptor", "Problem Detail (formerly Descriptor)")
    )

    [request], _ = read(path)

    assert (request.complaint_type, request.descriptor) == ("PLUMBING", "BASIN/SINK")


def test_blank_lines_are_nothing(tmp_path):
    path = export(tmp_path, {}, {})
    path.write_text(path.read_text().replace("\n", "\n\n"))

    assert [request.key for request in read(path)[0]] == ["1", "2"]


def test_missing_columns_are_named_in_both_shapes(tmp_path):
    path = tmp_path / "export.csv"
    path.write_text("Unique Key,Created Date,Complaint Type,Borough\n1,2,3,4\n")

    with pytest.raises(Invalid) as refusal:
        read(path)

    assert refusal.value.code == "import_columns_missing"
    assert refusal.value.detail == "The header lacks these columns: Closed Date (closed_date), Status (status)."
    assert refusal.value.extra["columns"] == ["closed_date", "status"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "import_file_empty"),
        (b"\xef\xbb\xbf\r\n", "import_file_empty"),
        (b"PK\x03\x04rest of a spreadsheet", "import_not_csv"),
        ("Unique Key,Created Date".encode("utf-16"), "import_not_csv"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "import_not_csv"),
        (b'[{"unique_key": "1"}]', "import_not_csv"),
        (b"Unique Key;Created Date;Closed Date\n1;2;3\n", "import_not_csv"),
        (b"Unique Key,Unique Key,Created Date,Closed Date,Complaint Type,Status,Borough\n", "import_not_csv"),
    ],
)
def test_a_file_that_is_no_export_is_refused_as_a_whole(tmp_path, content, code):
    path = tmp_path / "export.csv"
    path.write_bytes(content)

    with pytest.raises(Invalid) as refusal:
        read(path)

    assert refusal.value.code == code


def test_a_header_alone_is_an_export_of_nothing(tmp_path):
    path = export(tmp_path, {})
    path.write_text(path.read_text().splitlines(keepends=True)[0])

    assert read(path) == ([], [])
