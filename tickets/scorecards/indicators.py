"""What a scorecard can weigh. Each indicator is reckoned where reports reckon it, by the formula that stands there.

How many tickets somebody had is none of them: whoever does more of the same is no better by that.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from tickets.reports.formulas import METRICS, Unit
from tickets.scorecards.models import Subject

CALLBACKS_KEPT = "callbacks_kept"
"""As `tickets.callbacks.selectors.kept_by_day` has it: of a person, and whether about a ticket or not."""
SAMPLES_CONSISTENT = "samples_consistent"
"""As `tickets.samples.selectors.figures` has it."""
MARK = "mark"
"""Nothing reckons it: a supervisor says it."""


@dataclass(frozen=True, slots=True)
class Indicator:
    """What can be reckoned, in which unit, in words, and of whom."""

    name: str
    unit: Unit
    english: str
    chinese: str
    subjects: tuple[str, ...]


OF_OTHERS = (Subject.AGENT, Subject.TERRITORY)
OF_TICKETS: Mapping[str, Indicator] = {
    metric.name: Indicator(
        metric.name,
        metric.unit,
        metric.english,
        metric.chinese,
        OF_OTHERS if metric.name.startswith("technician_") else tuple(Subject.values),
    )
    for metric in METRICS
    if metric.name != CALLBACKS_KEPT
}
"""The metrics of reports, of the tickets that are somebody's. What technicians say is not weighed for themselves."""
INDICATORS: Mapping[str, Indicator] = {
    **OF_TICKETS,
    CALLBACKS_KEPT: Indicator(CALLBACKS_KEPT, Unit.SHARE, "Callbacks kept", "回电履约率", OF_OTHERS),
    SAMPLES_CONSISTENT: Indicator(
        SAMPLES_CONSISTENT, Unit.SHARE, "Record agrees with the paper", "抽样一致率", tuple(Subject.values)
    ),
}
