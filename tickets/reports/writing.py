"""Reports as people read them: groups by their names, tables with headings in their language."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from accounts.models import Language, Territory
from fieldsvc.tables import Cell, Table
from tickets.reports.formulas import COUNTS, METRICS, PERCENTILES, Unit
from tickets.reports.selectors import Asked, Report, names
from tickets.service_types.models import ServiceType

Words = tuple[str, str]
"""English, Chinese."""
GROUPS: Mapping[str, Words] = {
    "week": ("Week from", "周（起）"),
    "month": ("Month from", "月（起）"),
    "territory": ("Territory", "片区"),
    "service_type": ("Service type", "服务类型"),
    "source": ("Source", "来源"),
}
SOURCES: Mapping[str, Words] = {
    "phone": ("Phone", "电话"),
    "app": ("App", "手机应用"),
    "web": ("Web", "网页"),
    "patrol": ("Patrol", "巡检"),
    "import": ("Import", "导入"),
    "plan": ("Plan", "计划"),
}
BACKLOG: Mapping[str, Words] = {
    "open": ("Open", "未完成"),
    "on_hold": ("On hold", "挂起"),
    "age_to_24h": ("Less than 24 hours", "24小时内"),
    "age_24h_48h": ("24 to 48 hours", "24至48小时"),
    "age_2d_5d": ("2 to 5 days", "2至5天"),
    "age_5d_15d": ("5 to 15 days", "5至15天"),
    "age_15d_30d": ("15 to 30 days", "15至30天"),
    "age_from_30d": ("30 days and more", "30天以上"),
}
HOURS: Words = ("{}, hours", "{}（小时）")
OF: Words = ("{}: of how many", "{}：基数")


def rows_of(report: Report, asked: Asked, told: Callable[[Counter[str]], dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows for JSON: what they are about, and what is `told` of their sums."""
    known = names(report, asked)
    return [
        {**{group: _named(known, value) for group, value in zip(asked.group_by, key, strict=True)}, **told(sums)}
        for key, sums in report.rows.items()
    ]


def _named(known: Mapping[Any, Territory | ServiceType], value: Any) -> Any:
    match known.get(value):
        case Territory() as place:
            return {"id": place.pk, "code": place.code, "name": place.name, "name_zh": place.name_zh}
        case ServiceType() as kind:
            return {"code": kind.code, "name": kind.name, "name_zh": kind.name_zh}
    return value


def ticket_table(report: Report, asked: Asked, *, name: str, language: str) -> Table:
    """Counts and metrics, each metric with of how many it tells; durations in hours, and within how many most took."""
    chinese = language == Language.CHINESE
    columns = [COUNTS[count][chinese] for count in COUNTS]
    for metric in METRICS:
        label = metric.chinese if chinese else metric.english
        if metric.unit is Unit.SECONDS:
            most = [HOURS[chinese].format(said[chinese].format(label)) for _, *said in PERCENTILES.values()]
            columns += [HOURS[chinese].format(label), OF[chinese].format(label), *most]
        else:
            columns += [label, OF[chinese].format(label)]

    def cells(sums: Counter[str]) -> Iterator[Cell]:
        yield from (sums[count] for count in COUNTS)
        for metric in METRICS:
            value = metric.value(sums)
            yield _hours(value) if metric.unit is Unit.SECONDS else value
            yield metric.of(sums)
            yield from map(_hours, metric.percentiles(sums).values())

    return _table(report, asked, columns, cells, name=name, chinese=chinese)


def backlog_table(report: Report, asked: Asked, *, name: str, language: str) -> Table:
    """How many are open, and how many of them since when."""
    chinese = language == Language.CHINESE
    columns = [words[chinese] for words in BACKLOG.values()]
    return _table(report, asked, columns, lambda sums: (sums[count] for count in BACKLOG), name=name, chinese=chinese)


def _table(
    report: Report,
    asked: Asked,
    columns: list[str],
    cells: Callable[[Counter[str]], Iterator[Cell]],
    *,
    name: str,
    chinese: bool,
) -> Table:
    known = names(report, asked)

    def label(value: Any) -> Cell:
        if row := known.get(value):
            return (chinese and row.name_zh) or row.name
        return SOURCES[value][chinese] if value in SOURCES else value

    return Table(
        name=name,
        columns=[*(GROUPS[group][chinese] for group in asked.group_by), *columns],
        rows=([*map(label, key), *cells(sums)] for key, sums in report.rows.items()),
    )


def _hours(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds / 3600, 2)
