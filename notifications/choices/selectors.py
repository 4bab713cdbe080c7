"""How choices stand."""

from collections.abc import Collection, Mapping
from uuid import UUID

from accounts.people.models import User
from notifications.choices.models import NoticeChoices


def choices_of(people: Collection[UUID]) -> Mapping[UUID, NoticeChoices]:
    """Of those who have chosen anything. One query."""
    return {choices.person_id: choices for choices in NoticeChoices.objects.filter(person__in=people).order_by()}


def own_choices(person: User) -> NoticeChoices:
    """What this person has chosen, or what holds as long as they have not."""
    return NoticeChoices.objects.filter(person=person).first() or NoticeChoices(person=person)
