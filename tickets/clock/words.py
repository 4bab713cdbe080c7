"""The account of a clock in words, English and Chinese. Plain tables."""

from tickets.clock.arithmetic import ELAPSED, HOLIDAY, OPEN_HOURS, OUTSIDE_HOURS, PAUSED, Piece
from tickets.clock.models import ClockSegment, Target

TARGETS_ZH: dict[str, str] = {
    Target.FIRST_REPLY: "首次答复",
    Target.ON_SITE: "上门到场",
    Target.RESOLUTION: "解决",
    Target.CALLBACK: "回电",
    Target.RESULT_TOLD: "告知结果",
}

WHY: dict[str, tuple[str, str]] = {
    ELAPSED: ("Counted: this promise runs by day and night.", "计时：此承诺昼夜连续计算。"),
    OPEN_HOURS: ("Counted: within the hours of the calendar.", "计时：在服务时间内。"),
    OUTSIDE_HOURS: ("Not counted: outside the hours of the calendar.", "不计时：服务时间之外。"),
    HOLIDAY: ("Not counted: a holiday.", "不计时：节假日。"),
    PAUSED: ("Not counted: on hold, {reason}.", "不计时：挂起，{reason}。"),
}
HELD_ALL_THE_SAME = (
    " On hold, {reason}: that does not stop this promise.",
    "挂起（{reason}），但此承诺不因此停止计时。",
)
ENDED = (
    "Not counted: between the end of the ticket and its being opened again.",
    "不计时：工单结束至重新打开之间。",
)

REASONS: dict[str, tuple[str, str]] = {
    "waiting_for_resident": ("waiting for the resident", "等待住户"),
    "waiting_for_part": ("waiting for a part", "等待配件"),
    "no_access": ("no access", "无法进入"),
    "waiting_for_others": ("waiting for others", "等待第三方"),
    "other": ("for another reason", "其他原因"),
}


def sentence(piece: Piece) -> tuple[str, str]:
    """Why a stretch counted or not, in English and Chinese."""
    if piece.reason == ClockSegment.ENDED:
        return ENDED
    english, chinese = WHY[piece.why]
    if piece.reason and piece.why != PAUSED:
        english, chinese = english + HELD_ALL_THE_SAME[0], chinese + HELD_ALL_THE_SAME[1]
    reason, reason_zh = REASONS.get(piece.reason, (piece.reason, piece.reason))
    return english.format(reason=reason), chinese.format(reason=reason_zh)
