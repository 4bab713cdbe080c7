"""What somebody sees who runs `manage.py import_requests`."""

import csv
import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests.imports.exports import DISPLAY, export
from tickets.complaints.models import Ticket
from tickets.imports.services import ImportReport
from tickets.management.commands.import_requests import Progress

pytestmark = pytest.mark.django_db


def run(*arguments: object) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("import_requests", *(str(argument) for argument in arguments), stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_it_says_what_it_did():
    out, err = run(DISPLAY)

    assert out.splitlines() == [
        "6 rows: 6 new, 0 updated, 0 unchanged, 0 rejected.",
        "Taken and flagged: closed_before_created 1, place_implausible 1, time_ambiguous 1.",
        "Of the new ones 0 may be a second report of a fault, 0 repeat one that had been resolved; "
        "0 outages with 0 tickets.",
        "Promises, judged by the times in the data:",
        "First reply: 3 kept, 3 missed, 0 still running, 0 ended without, 0 not promised.",
        "Technician on site: 0 kept, 3 missed, 0 still running, 3 ended without, 0 not promised.",
        "Resolved: 0 kept, 0 missed, 0 still running, 0 ended without, 6 not promised.",
    ]
    assert err == ""


def test_a_second_run_says_that_nothing_was_changed():
    run(DISPLAY)

    out, _ = run(DISPLAY)

    assert out.splitlines()[0] == "6 rows: 0 new, 0 updated, 6 unchanged, 0 rejected."
    assert out.splitlines()[-1] == "Nothing was changed."


def test_rejected_rows_are_told_with_line_key_and_reason(tmp_path):
    out, err = run(export(tmp_path, {}, {"Created Date": "soon"}))

    assert err == "line 3, 2: Created Date 'soon' is not a time.\n"
    assert "1 rejected" in out


def test_rejected_rows_can_be_written_to_a_file(tmp_path):
    rejects = tmp_path / "rejects.csv"

    out, err = run(export(tmp_path, {"Borough": "ATLANTIS"}, {}), "--rejects", rejects)

    with rejects.open(newline="", encoding="utf-8") as file:
        assert list(csv.DictReader(file)) == [
            {"line": "2", "key": "1", "reason": "Borough 'ATLANTIS' is not in the table."}
        ]
    assert str(rejects) in out
    assert err == ""


def test_a_dry_run_says_that_nothing_was_written():
    out, _ = run(DISPLAY, "--dry-run")

    assert out.splitlines()[0] == "6 rows: 6 new, 0 updated, 0 unchanged, 0 rejected."
    assert out.splitlines()[-1] == "Dry run: nothing was written."
    assert not Ticket.objects.exists()


class Terminal(StringIO):
    """Somewhere that somebody watches."""

    def isatty(self) -> bool:
        return True


def test_on_a_terminal_progress_is_one_line_that_keeps_changing():
    terminal = Terminal()
    progress = Progress(terminal)

    progress(ImportReport(rows=500))
    progress(ImportReport(rows=1_000))
    progress.end()

    assert re.fullmatch(r"\r500 rows, [\d,]+ rows/s \r1,000 rows, [\d,]+ rows/s \n", terminal.getvalue())


def test_in_a_log_progress_is_a_line_now_and_then():
    log = StringIO()
    progress = Progress(log)

    for rows in range(500, 20_500, 500):
        progress(ImportReport(rows=rows))
    progress.end()

    assert [line.split(" rows")[0] for line in log.getvalue().splitlines()] == ["10,000", "20,000"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "The file is empty."),
        (b"Unique Key,Status\n", "The header lacks these columns: Created Date (created_date)"),
        (b"PK\x03\x04", "This is a ZIP archive or a spreadsheet."),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_a_sentence(tmp_path, content, message):
    path = tmp_path / "export.csv"
    path.write_bytes(content)

    with pytest.raises(CommandError, match=r"export\.csv") as error:
        run(path)

    assert message in str(error.value)


def test_a_file_that_does_not_exist_is_named(tmp_path):
    with pytest.raises(CommandError, match=r"missing\.csv: No such file"):
        run(tmp_path / "missing.csv")


def test_the_export_is_never_overwritten_by_its_rejects(tmp_path):
    path = export(tmp_path, {})

    with pytest.raises(CommandError, match="would be overwritten"):
        run(path, "--rejects", path)

    assert path.read_text().startswith("Unique Key")
