"""Words of shifts and absences: English, Chinese."""

from collections.abc import Mapping

from tickets.shifts.models import Absence, Shift

Words = tuple[str, str]

ABSENCES: Mapping[str, Words] = {
    Absence.Kind.LEAVE: ("Leave", "休假"),
    Absence.Kind.SICK: ("Sick", "病假"),
    Absence.Kind.TRAINING: ("Training", "培训"),
    Absence.Kind.OTHER: ("Away", "其他缺勤"),
}
DECISIONS: Mapping[str, Words] = {
    Absence.State.APPROVED: ("approved", "已批准"),
    Absence.State.REJECTED: ("rejected", "未批准"),
    Absence.State.CANCELLED: ("cancelled", "已取消"),
}
STANDBY: Words = ("on call", "待命")
SHIFT_STATES: Mapping[str, Words] = {Shift.State.DRAFT: ("draft", "草稿")}
"""What is worth a word in a plan."""


def both(name: str, words: Words) -> dict[str, str]:
    """As the text of a notice has them."""
    return {name: words[0], f"{name}_zh": words[1]}
