"""Reasons that fieldsvc ships with. An administrator may change all of them."""

from tickets.ratings.models import RatingReason

RESIDENTS, TECHNICIANS = RatingReason.Whose.RESIDENT, RatingReason.Whose.TECHNICIAN
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
"""Of residents: code, English, Chinese, and the scores with which each goes."""
REASONS_OF_TECHNICIANS: tuple[tuple[str, str, str, int, int], ...] = (
    ("well_informed", "I knew what to expect", "信息准确完整", 4, 5),
    ("well_helped", "The desk helped at once", "服务台支持及时", 4, 5),
    ("well_planned", "Well planned", "派单合理", 4, 5),
    ("part_missing", "A part was missing", "缺少配件", 1, 3),
    ("wrong_information", "Address, contact or fault was wrong", "地址、联系人或故障有误", 1, 3),
    ("not_helped", "Nobody at the desk could help", "服务台未能提供支持", 1, 3),
    ("badly_planned", "Too little time, or too far", "时间过紧或路途过远", 1, 3),
)


def ensure_rating_reasons() -> None:
    """See to it that the shipped reasons exist. What is there already is left as it is."""
    RatingReason.objects.bulk_create(
        (
            RatingReason(whose=whose, code=code, text=text, text_zh=text_zh, lowest=lowest, highest=highest)
            for whose, reasons in ((RESIDENTS, REASONS), (TECHNICIANS, REASONS_OF_TECHNICIANS))
            for code, text, text_zh, lowest, highest in reasons
        ),
        ignore_conflicts=True,
    )
