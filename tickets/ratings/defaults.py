"""Reasons that fieldsvc ships with. An administrator may change all of them."""

from tickets.ratings.models import RatingReason

REASONS: tuple[tuple[str, str, str, int, int], ...] = (
    ("quick", "Quick", "响应快", 4, 5),
    ("friendly", "Friendly", "态度好", 4, 5),
    ("well_done", "Well repaired", "修得好", 4, 5),
    ("late", "Came late, or not at all", "迟到或未上门", 1, 3),
    ("not_repaired", "Not repaired, or not for long", "未修好或很快复发", 1, 3),
    ("unfriendly", "Unfriendly", "态度差", 1, 3),
    ("not_informed", "Nobody told me anything", "无人告知进展", 1, 3),
    ("too_expensive", "Too expensive", "收费高", 1, 3),
)
"""Code, English, Chinese, and the scores with which each goes."""


def ensure_rating_reasons() -> None:
    """See to it that the shipped reasons exist. What is there already is left as it is."""
    RatingReason.objects.bulk_create(
        (
            RatingReason(code=code, text=text, text_zh=text_zh, lowest=lowest, highest=highest)
            for code, text, text_zh, lowest, highest in REASONS
        ),
        ignore_conflicts=True,
    )
