"""The weekly report as a table, with headings in both languages."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from accounts.models import Language
from fieldsvc.tables import Cell, Table
from tickets.attendance.selectors import COUNTS, SUMS, WeekOf

Words = tuple[str, str]
TECHNICIAN: Words = ("Technician", "维修人员")
TOTAL: Words = ("All", "合计")
ATTENDANCE: Words = ("Attendance", "出勤率")
COLUMNS: Mapping[str, Words] = {
    "planned_days": ("Planned days", "应出勤天数"),
    "attended": ("Attended", "出勤"),
    "missing": ("Missing", "缺勤"),
    "awaiting_sync": ("Phone not synced", "待终端同步"),
    "on_leave": ("On leave", "请假"),
    "excused": ("Excused", "已豁免"),
    "open": ("Not judged yet", "尚未判定"),
    "late": ("Days late", "迟到次数"),
    "early": ("Days left early", "早退次数"),
    "no_clock_in": ("Not clocked in", "未打上班卡"),
    "no_clock_out": ("Not clocked out", "未打下班卡"),
    "corrected": ("Corrected", "已更正"),
    "planned_s": ("Planned, hours", "计划工时"),
    "worked_s": ("Worked, hours", "实际工时"),
    "late_s": ("Late, hours", "迟到（小时）"),
    "early_s": ("Left early, hours", "早退（小时）"),
    "overtime_s": ("Overtime, hours", "加班（小时）"),
}
assert set(COLUMNS) == {*COUNTS, *SUMS}, "every figure has its words"


def attendance_table(rows: Sequence[WeekOf], total: WeekOf, week: date, *, language: str) -> Table:
    """A row for each technician, and one for all of them."""
    chinese = language == Language.CHINESE
    return Table(
        name=f"attendance-{week}",
        columns=[TECHNICIAN[chinese], *(words[chinese] for words in COLUMNS.values()), ATTENDANCE[chinese]],
        rows=([row.name or TOTAL[chinese], *_cells(row)] for row in (*rows, total)),
    )


def _cells(row: WeekOf) -> Iterator[Cell]:
    for name in COLUMNS:
        yield round(row.figures[name] / 3600, 2) if name in SUMS else row.figures[name]
    yield row.attendance
