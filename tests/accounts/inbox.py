"""The phones of the tests: what they were sent, newest last. `ACCOUNTS["CODE_SENDER"]` points here."""

from typing import NamedTuple


class Text(NamedTuple):
    phone: str
    code: str
    language: str


texts: list[Text] = []


def receive(phone: str, code: str, language: str) -> None:
    texts.append(Text(phone, code, language))
