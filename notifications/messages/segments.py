"""How much fits into an SMS. What is long goes out in segments, and each of them is paid for.

3GPP TS 23.038: in the alphabet of GSM a segment of several holds 153 characters, in any other script 67.
"""

MOST_SEGMENTS = 3
IN_GSM, IN_ANY_SCRIPT = 153, 67

_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_EXTENSION = frozenset("\f^{}\\[~]|€")
"""These take the place of two."""


def fits(text: str) -> bool:
    """Whether it needs no more segments than we send."""
    if _GSM.union(_GSM_EXTENSION).issuperset(text):
        return len(text) + sum(character in _GSM_EXTENSION for character in text) <= MOST_SEGMENTS * IN_GSM
    return len(text.encode("utf-16-le")) // 2 <= MOST_SEGMENTS * IN_ANY_SCRIPT


def shortened(text: str, end: str = "") -> str:
    """The text as far as it fits, and this end in any case."""
    if fits(text + end):
        return text + end
    text = text[: MOST_SEGMENTS * IN_GSM]
    while text and not fits(f"{text}...{end}"):  # one "…" would take the whole text out of the alphabet of GSM
        text = text[:-1]
    return f"{text.rstrip()}...{end}"
