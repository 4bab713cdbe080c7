"""One-time codes: how they are made, kept and compared.

Why not django-allauth, which has sign-in by phone code: it keeps the code in clear text in the session, that is in the
database (65.16: `LoginCodeVerificationProcess.generate_code` puts it into the state that `stash_login` writes there),
and it counts wrong attempts in that session, so that a new session starts at zero. Here a keyed hash is kept, and
attempts belong to the phone. (The sender's outbox holds the message until it has been sent.)
"""

import secrets
from datetime import timedelta
from typing import Protocol, cast

from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.module_loading import import_string

from accounts.conf import accounts_settings

DIGITS = 6
VALID_FOR = timedelta(minutes=10)
RESEND_AFTER = timedelta(seconds=60)
MOST_ATTEMPTS = 5


class CodeSender(Protocol):
    """Sends a code, soon and without waiting for it; called inside a command, so it writes to an outbox."""

    def __call__(self, phone: str, code: str, language: str) -> None: ...


def code_sender() -> CodeSender:
    """The function named by `ACCOUNTS["CODE_SENDER"]`: notifications stand above accounts, which cannot import them."""
    return cast(CodeSender, import_string(accounts_settings().code_sender))


def code_mailer() -> CodeSender:
    """The function named by `ACCOUNTS["CODE_MAILER"]`, for codes that go to an e-mail address."""
    return cast(CodeSender, import_string(accounts_settings().code_mailer))


def new_code() -> str:
    """Six digits that nobody can predict."""
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"


def digest(phone: str, code: str) -> str:
    """What is kept of a code: with the database alone, without SECRET_KEY, a million guesses tell nothing."""
    return salted_hmac("accounts.signin.codes", f"{phone} {code}", algorithm="sha256").hexdigest()


def matches(phone: str, code: str, kept: str) -> bool:
    """Whether `code` is the one whose digest was kept, compared in constant time."""
    return constant_time_compare(digest(phone, code), kept)
