"""What a resident may know of a technician's name."""


def first_name(name: str) -> str:
    """`Lena` of `Lena Brandt`.

    Chinese names are written in one word with the family name first; there, what a customer calls a craftsman is
    that name and the word for master: `王师傅` of `王小明`.
    """
    words = name.split()
    if len(words) == 1 and "\u4e00" <= words[0][0] <= "\u9fff":
        return f"{words[0][0]}师傅"
    return words[0] if words else ""
