"""Commands: somebody agrees to something, or takes it back."""

from datetime import datetime, timedelta
from uuid import UUID

from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.consents.models import Consent
from accounts.consents.selectors import address_for
from accounts.consents.wordings import WORDINGS
from accounts.people import access
from accounts.people.models import DESK, Role, User
from accounts.signin import limits
from accounts.signin.codes import DIGITS, code_mailer
from fieldsvc.errors import Forbidden, Invalid, TooMany
from sync.commands import Actor, command

About = Consent.About
How = Consent.How
HOUR = timedelta(hours=1)
CODES_PER_PERSON = limits.Limit(5, HOUR)
ATTEMPTS_PER_PERSON = limits.Limit(10, HOUR)
CODE_WINDOW = timedelta(minutes=15)


def choose(*, actor: Actor, occurred_at: datetime, about: str, given: bool, wording: str, code: str = "") -> Consent:
    """Somebody agrees, or takes it back, for themselves. `wording` is the version of the words that they were shown.

    An e-mail address proves to be theirs by the `code` that it was sent: nobody agrees for others. Raises
    Invalid("wording_unknown" | "address_required" | "email_code_not_accepted"), TooMany("too_many_attempts").
    """
    with_code = about == About.EMAIL and given
    if with_code:
        _count_attempt(actor=actor, occurred_at=occurred_at)  # stands, whatever comes of it
    return _choose(
        actor=actor,
        occurred_at=occurred_at,
        about=about,
        given=given,
        wording=wording,
        code=code if with_code else None,
    )


@command
def _choose(*, actor: Actor, occurred_at: datetime, about: str, given: bool, wording: str, code: str | None) -> Consent:
    person = access.own_person(actor)
    if code is not None:
        _must_have_read(person, code, at=occurred_at)
    return write(person, about, given, wording, actor=actor, occurred_at=occurred_at, how=How.SELF)


@command
def choose_for(
    *, actor: Actor, occurred_at: datetime, person_id: UUID, about: str, given: bool, wording: str
) -> Consent:
    """An agent has read the words out to a resident and writes down what they said.

    Raises NotFound, Forbidden("role_required"), Invalid("wording_unknown" | "address_required"), and
    Forbidden("consent_of_their_own") for what only the resident can give: the terms, and an e-mail address.
    """
    person = access.person_to_see(actor, person_id)
    access.require_role(actor, *DESK)
    if not person.has_role(Role.RESIDENT) or person == actor.user:
        raise Forbidden("consent_of_their_own", "They say that themselves.")
    if given and about in (About.TERMS, About.EMAIL):
        raise Forbidden("consent_of_their_own", "They say that themselves, in the app.")
    return write(person, about, given, wording, actor=actor, occurred_at=occurred_at, how=How.DESK)


def write(
    person: User, about: str, given: bool, wording: str, *, actor: Actor, occurred_at: datetime, how: str
) -> Consent:
    """Part of commands. Raises Invalid("wording_unknown" | "address_required")."""
    if wording not in WORDINGS[about]:
        raise Invalid("wording_unknown", "Show one of the wordings on offer, and name its version.", field="wording")
    address = address_for(person, about)
    if given and about in (About.SMS, About.EMAIL) and not address:
        raise Invalid("address_required", "There is no address for that. Enter it first.", field="about")
    return Consent.objects.create(
        person=person,
        about=about,
        given=given,
        wording=wording,
        language=person.language,
        address=address,
        how=how,
        actor=actor.user,
        device_id=actor.device_id,
        occurred_at=occurred_at,
        received_at=actor.received_at,
    )


@command
def request_email_code(*, actor: Actor, occurred_at: datetime) -> None:
    """Have a code sent to one's own e-mail address, to show that it is one's own.

    Raises Invalid("address_required"), TooMany("too_many_codes").
    """
    person = access.own_person(actor)
    if not person.email:
        raise Invalid("address_required", "Enter an e-mail address first.", field="email")
    key = f"e-mail code {person.pk}"
    if seconds := limits.wait(key, CODES_PER_PERSON, at=occurred_at):
        raise TooMany("too_many_codes", f"Ask for another code in {seconds} seconds.", retry_after=seconds)
    limits.count(key, at=occurred_at)
    code_mailer()(person.email, _code(person, occurred_at), person.language)


@command
def _count_attempt(*, actor: Actor, occurred_at: datetime) -> None:
    key = f"e-mail attempt {actor.user.pk}"
    if seconds := limits.wait(key, ATTEMPTS_PER_PERSON, at=occurred_at):
        raise TooMany("too_many_attempts", f"Try again in {seconds} seconds.", retry_after=seconds)
    limits.count(key, at=occurred_at)


def _must_have_read(person: User, code: str, *, at: datetime) -> None:
    if not person.email:
        raise Invalid("address_required", "Enter an e-mail address first.", field="email")
    good = any(constant_time_compare(code, _code(person, moment)) for moment in (at, at - CODE_WINDOW))
    if not good:
        raise Invalid("email_code_not_accepted", "Check the code, or ask for a new one.", field="code")


def _code(person: User, at: datetime) -> str:
    """Made of the address and the time, so that nothing has to be kept: good for a quarter of an hour, or two."""
    window = int(at.timestamp() // CODE_WINDOW.total_seconds())
    mac = salted_hmac("accounts.consents", f"{person.pk} {person.email} {window}", algorithm="sha256").digest()
    return f"{int.from_bytes(mac[:8]) % 10**DIGITS:0{DIGITS}}"
