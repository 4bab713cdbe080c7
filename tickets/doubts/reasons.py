"""What speaks against a check-in: the one table of reasons, with what each takes off the score, in both languages."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

FULL = 100
"""The score of a check-in against which nothing speaks."""


@dataclass(frozen=True, slots=True)
class Reason:
    """So many points less, and why; `{placeholders}` are what the reason goes by."""

    points: int
    english: str
    chinese: str


REASONS: Mapping[str, Reason] = {
    "mock": Reason(60, "An app has set the position, says the phone.", "终端报告该位置由其他应用设定。"),
    "impossible_speed": Reason(
        50,
        "{km} km from where they were {minutes} minutes before: {kmh} km/h.",
        "距 {minutes} 分钟前的位置 {km} 公里,时速 {kmh} 公里。",
    ),
    "clock_jumped": Reason(
        40,
        "The phone's clock was set by {minutes} minutes since the check-in before.",
        "与上次签到相比,终端时钟被调整了 {minutes} 分钟。",
    ),
    "repeated_place": Reason(
        30,
        "Exactly the same coordinates {times} times before, the first on {since}.",
        "坐标与此前 {times} 次签到完全相同,首次为 {since}。",
    ),
    "outside_fence": Reason(30, "{metres} m from the site.", "距离地点 {metres} 米。"),
    "in_future": Reason(30, "It lay in the future, by the phone's clock.", "按终端时钟,该时间尚未到来。"),
    "accuracy_absurd": Reason(25, "An accuracy of {metres} m says nothing.", "定位精度为 {metres} 米,不可信。"),
    "no_position": Reason(15, "Without a position.", "没有位置信息。"),
    "clock_corrected": Reason(15, "The phone's clock was wrong by more than two minutes.", "终端时钟误差超过两分钟。"),
    "no_accuracy": Reason(10, "A position without accuracy.", "位置未带精度。"),
    "bulk": Reason(10, "Sent at once with more than 30 others.", "与其他 30 多条记录一次性上传。"),
}


def score(reasons: Mapping[str, Mapping[str, Any]]) -> int:
    """What is left of the full score."""
    return max(0, FULL - sum(REASONS[code].points for code in reasons))


def told(reasons: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The reasons in words, the gravest first."""
    return [
        {
            "code": code,
            "points": reason.points,
            "text": reason.english.format(**reasons[code]),
            "text_zh": reason.chinese.format(**reasons[code]),
        }
        for code, reason in REASONS.items()
        if code in reasons
    ]
