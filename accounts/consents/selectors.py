"""How consents stand: by which ways somebody may be written to."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from accounts.consents.models import Consent
from accounts.consents.wordings import WORDINGS, newest
from accounts.people.models import STAFF, RoleGrant, User

About = Consent.About
UNASKED = frozenset({About.IN_APP})
"""What holds until somebody says no."""


@dataclass(frozen=True, slots=True)
class Choice:
    """How one thing stands for a person, and the words that they would agree to today."""

    about: str
    given: bool
    consent: Consent | None
    wording: str

    @property
    def texts(self) -> dict[str, str]:
        """The words, in both languages."""
        english, chinese = WORDINGS[self.about][self.wording]
        return {"en": english, "zh": chinese}

    @property
    def outdated(self) -> bool:
        """They agreed to older words."""
        return self.given and self.consent is not None and self.consent.wording != self.wording


def address_for(person: User, about: str) -> str:
    """What a consent about this way is given for; empty for what needs no address."""
    return {About.SMS: person.phone or "", About.EMAIL: person.email}.get(About(about), "")


def newest_consents(consents: QuerySet[Consent]) -> Mapping[tuple[UUID, str], Consent]:
    """The last word among these, by person and by what it is about. One query."""
    last = consents.order_by("person_id", "about", "-occurred_at", "-id").distinct("person_id", "about")
    return {(row.person_id, row.about): row for row in last}


def consents_of_residents(people: Collection[UUID], about: Iterable[str]) -> Mapping[tuple[UUID, str], Consent]:
    """The last word about these things, of those of these people who do not work here."""
    staff = RoleGrant.objects.filter(user=OuterRef("person"), role__in=STAFF)
    return newest_consents(Consent.objects.filter(~Exists(staff), person__in=people, about__in=list(about)))


def holds(person: User, about: str, consent: Consent | None) -> bool:
    """Whether it stands now: a consent to write to an address that somebody has no more is none."""
    if consent is None:
        return about in UNASKED
    return consent.given and consent.address == address_for(person, about)


def choices_of(person: User) -> list[Choice]:
    """How everything stands for one person."""
    found = newest_consents(Consent.objects.filter(person=person))
    return [
        Choice(about, holds(person, about, consent), consent, newest(about))
        for about in About.values
        for consent in (found.get((person.pk, about)),)
    ]


def consents_of(person: User) -> QuerySet[Consent]:
    """All that they ever said."""
    return Consent.objects.filter(person=person).select_related("actor")
