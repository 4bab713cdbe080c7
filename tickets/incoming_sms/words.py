"""The words by which SMS are ended and begun again, and by which somebody says to have seen one; and our answers.

Only a message that says nothing else is such a word: whoever writes "please stop by at nine" means something else, and
so does "cancel", of a visit.
"""

import unicodedata
from enum import Enum, auto


class Wish(Enum):
    """What somebody says of our SMS."""

    STOP = auto()
    START = auto()
    SEEN = auto()


WORDS = {
    **dict.fromkeys(("stop", "stopall", "unsubscribe", "td", "t", "退订", "退訂", "取消订阅"), Wish.STOP),
    **dict.fromkeys(("ok", "okay", "yes", "y", "1", "收到", "好", "好的", "确认"), Wish.SEEN),
    **dict.fromkeys(("start", "unstop", "subscribe", "订阅", "訂閱", "恢复订阅"), Wish.START),
}
ANSWERS = {
    (Wish.STOP, False): (
        "You get no more SMS from us, but for codes that you ask for. Answer START to have them again.",
        "已为您退订短信,您主动获取的验证码除外。回复 START 可重新订阅。",
    ),
    (Wish.STOP, True): (
        "You get no more news by SMS, but for codes, and for work that you have not acknowledged. Answer START to have "
        "them again.",
        "已为您退订短信,验证码及未确认的任务提醒除外。回复 START 可重新订阅。",
    ),
    (Wish.START, False): (
        "We tell you by SMS what happens to your requests. Answer STOP to end that.",
        "我们将通过短信通知您报修进展。回复 TD 可退订。",
    ),
    (Wish.START, True): (
        "You get your news by SMS, too. Answer STOP to end that.",
        "通知将同时以短信发送给您。回复 TD 可退订。",
    ),
}
"""What is said to a wish, to residents and to those who work here. Whoever has seen something hears nothing more."""


def wish_in(text: str) -> Wish | None:
    """What it asks for, whatever its case, width and punctuation; None: it says something else."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return WORDS.get("".join(character for character in plain if character.isalnum()))


def answer_to(wish: Wish, *, works_here: bool, language: str) -> str:
    """That it was heard, and how to have it the other way again."""
    english, chinese = ANSWERS[wish, works_here]
    return chinese if language == "zh" else english
