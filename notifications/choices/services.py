"""Commands on choices."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import Any
from uuid import UUID

from accounts.people.access import caller_to_help, own_person
from fieldsvc.errors import Invalid
from notifications import kinds
from notifications.choices.models import NoticeChoices
from notifications.choices.selectors import own_choices
from sync.commands import Actor, command


@command
def choose_notices(
    *,
    actor: Actor,
    occurred_at: datetime,
    person_id: UUID | None = None,
    choices: Sequence[Mapping[str, Any]],
    quiet_from: time | None = None,
    quiet_until: time | None = None,
    digest: str = NoticeChoices.Digest.AT_ONCE,
) -> NoticeChoices:
    """Somebody says of what they are told how and when; in place of all that they said before.

    For themselves; `person_id` is the resident who says it on the phone. What is already held back goes out when it was
    to. Raises Invalid (`kind_unknown`, `chosen_twice`, `quiet_hours_not_valid`), and as `caller_to_help`.
    """
    if (quiet_from is None) != (quiet_until is None) or (quiet_from is not None and quiet_from == quiet_until):
        raise Invalid("quiet_hours_not_valid", "Say from when until when, or neither.", field="quiet_until")
    wanted: dict[str, dict[str, bool]] = defaultdict(dict)
    for choice in choices:
        kind, channel = choice["kind"], choice["channel"]
        if kind and kind not in kinds.KINDS:
            raise Invalid("kind_unknown", "Choose one of the kinds of notices.", field="choices")
        if channel in wanted[kind]:
            raise Invalid("chosen_twice", "Say of each kind and channel one thing.", field="choices")
        wanted[kind][channel] = choice["wanted"]
    chosen, _ = NoticeChoices.objects.update_or_create(
        person=caller_to_help(actor, person_id) if person_id else own_person(actor),
        defaults={"wanted": wanted, "quiet_from": quiet_from, "quiet_until": quiet_until, "digest": digest},
    )
    return chosen


@command
def choose_channel(*, actor: Actor, occurred_at: datetime, channel: str, wanted: bool) -> None:
    """Somebody wants what there is by this channel, or nothing any more, of whatever kind."""
    chosen = own_choices(own_person(actor))
    others = {kind: {**said} for kind, said in chosen.wanted.items()}
    for said in others.values():
        said.pop(channel, None)
    chosen.wanted = others | {"": {**others.get("", {}), channel: wanted}}
    chosen.save()
