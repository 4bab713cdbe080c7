"""Who hears of a hand-over: whoever is asked, and whoever gave it."""

from collections.abc import Mapping
from typing import Any

from accounts.models import User
from notifications.services import notify, stop_waiting
from sync.commands import Actor
from tickets.handovers.models import HandOver


def ask(hand_over: HandOver, *, actor: Actor, matters: int) -> None:
    """Whoever is to take over. When they do not acknowledge it, the dispatchers hear of that."""
    text = {"person": hand_over.given_by.name, "matters": matters, "note": hand_over.note}
    _tell(hand_over, hand_over.taken_by, actor=actor, kind="hand_over_asked", text=text, wants_ack=True)


def tell_of_answer(hand_over: HandOver, *, actor: Actor) -> None:
    """`hand_over_accepted` or `hand_over_declined`, to whoever gave it."""
    kind = f"hand_over_{hand_over.state}"
    answer = {"person": hand_over.taken_by.name, "answer": hand_over.answer}
    _tell(hand_over, hand_over.given_by, actor=actor, kind=kind, text=answer)


def stop_asking(hand_over: HandOver) -> None:
    """Whoever was asked has answered, or need not any more."""
    stop_waiting(("hand_overs", hand_over.pk))


def _tell(
    hand_over: HandOver, person: User, *, actor: Actor, kind: str, text: Mapping[str, Any], wants_ack: bool = False
) -> None:
    notify(
        actor=actor,
        to=[person],
        kind=kind,
        subject=("hand_overs", hand_over.pk),
        text=text,
        territory_id=hand_over.territory_id,
        dedupe_key=f"{kind}:{hand_over.pk}",
        urgent=wants_ack,
        wants_ack=wants_ack,
    )
