"""Scores as a table."""

from collections.abc import Iterator, Sequence

from accounts.models import Language
from fieldsvc.tables import Cell, Table
from tickets.scorecards.models import Criterion
from tickets.scorecards.selectors import Score
from tickets.scorecards.serializers import names_of

Words = tuple[str, str]
"""English, Chinese."""
HEADINGS: Sequence[Words] = (("Name", "名称"), ("Score", "得分"), ("Coverage", "覆盖率"))
OF_A_CRITERION: Sequence[Words] = (
    ("{}: value", "{}：指标值"),
    ("{}: of how many", "{}：基数"),
    ("{}: points", "{}：得分"),
    ("{}: weight", "{}：权重"),
    ("{}: corrected because", "{}：更正原因"),
)


def score_table(found: Sequence[Score], criteria: Sequence[Criterion], *, name: str, language: str) -> Table:
    """A row for each score; of each criterion value, basis, points, weight and the reason of a correction."""
    chinese = language == Language.CHINESE
    columns = [words[chinese] for words in HEADINGS]
    for criterion in criteria:
        label = names_of(criterion)[chinese]
        columns += [words[chinese].format(label) for words in OF_A_CRITERION]
    return Table(name=name, columns=columns, rows=([*_cells(score)] for score in found))


def _cells(score: Score) -> Iterator[Cell]:
    yield from (score.subject.name, score.value, score.coverage)
    for line in score.lines:
        yield from (line.told.value, line.told.of, line.points, line.criterion.weight)
        yield line.correction.reason if line.correction else None
