"""What must be true of dispatches in the end. `tests/soak/test_judge.py` doctors it: the judge must say so."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from accounts.models import Role, RoleGrant
from notifications.models import Message, Notice

IN_FLIGHT = timedelta(seconds=10)
"""So long may a step be under way whose answer has come already."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What people outside have seen. What the office has written down stands in its database."""

    sent: Mapping[UUID, UUID]
    """To which technician the dispatcher has sent which visit."""
    confirmed: Set[UUID]
    """Notices that technicians were told to have acknowledged."""
    delivered: Sequence[Mapping[str, str]]
    """What the SMS provider has delivered: `to`, `text`, `reference`."""


class Verdict(NamedTuple):
    """On one promise."""

    promise: str
    kept: bool
    why: object = ""


def verdicts(evidence: Evidence) -> Iterator[Verdict]:
    """On every promise."""
    notices = list(Notice.objects.filter(kind="visit_dispatched").prefetch_related("escalations"))
    silent = [notice for notice in notices if not notice.acknowledged_at]
    yield from _told(evidence, notices)
    yield from _escalated(notices, silent)
    yield from _heard_at_the_desk(silent)
    yield from _written_to(evidence, silent)


def _told(evidence: Evidence, notices: Sequence[Notice]) -> Iterator[Verdict]:
    told = Counter((notice.subject_id, notice.user_id) for notice in notices)
    yield Verdict(
        "every dispatch is one notice, to whom it was sent", told == Counter(evidence.sent.items()), len(notices)
    )
    acknowledged = {notice.pk for notice in notices if notice.acknowledged_at}
    yield Verdict(
        "what the office said to be acknowledged is", evidence.confirmed <= acknowledged, len(evidence.confirmed)
    )


def _escalated(notices: Sequence[Notice], silent: Sequence[Notice]) -> Iterator[Verdict]:
    whole, early, late = 0, 0, 0
    for notice in notices:
        steps = sorted(notice.escalations.all(), key=lambda step: (step.taken_at, step.number))
        whole += not notice.acknowledged_at and [step.way for step in steps] == [step["way"] for step in notice.steps]
        for step in steps:
            planned = timedelta(minutes=notice.steps[step.number]["minutes"])
            early += step.taken_at < notice.created_at + planned
            late += notice.acknowledged_at is not None and step.taken_at > notice.acknowledged_at + IN_FLIGHT
    yield Verdict(
        "every technician acknowledged, or was escalated by every step in its order",
        whole == len(silent) and all(notice.steps for notice in silent),
        f"{len(notices) - len(silent)} acknowledged, {whole} of {len(silent)} escalated",
    )
    yield Verdict("no step was taken before its time", not early)
    yield Verdict("no step was taken after the acknowledgement", not late)


def _heard_at_the_desk(silent: Sequence[Notice]) -> Iterator[Verdict]:
    told = list(Notice.objects.filter(kind="notice_unacknowledged").values_list("user_id", "cause_id"))
    yield Verdict("nobody at the desk heard of one silence twice", len(set(told)) == len(told), f"{len(told)} told")
    supervisors = set(RoleGrant.objects.filter(role=Role.SUPERVISOR).values_list("user_id", flat=True))
    heard = {cause for user, cause in told if user in supervisors}
    yield Verdict("of every silence the supervisor heard", {notice.pk for notice in silent} <= heard, len(silent))


def _written_to(evidence: Evidence, silent: Sequence[Notice]) -> Iterator[Verdict]:
    messages = {message.pk: message for message in Message.objects.filter(channel=Message.Channel.SMS)}
    causes: defaultdict[tuple[str, object], int] = defaultdict(int)
    for line in evidence.delivered:
        message = messages.get(UUID(line["reference"]))
        causes[line["to"], message and message.notice_id] += 1
    texts = Counter((line["to"], line["text"]) for line in evidence.delivered)
    once = max([*causes.values(), *texts.values()], default=1) == 1
    yield Verdict("nobody was told twice by SMS of one dispatch", once, f"{len(evidence.delivered)} delivered")
    delivered = {UUID(line["reference"]) for line in evidence.delivered}
    sent = {pk for pk, message in messages.items() if message.status == Message.Status.SENT}
    yield Verdict("what the outbox calls sent was delivered", sent <= delivered)
    over = {message.notice_id for message in messages.values() if message.status != Message.Status.QUEUED}
    dead = sum(message.status == Message.Status.DEAD for message in messages.values())
    yield Verdict(
        "of every silence an SMS was sent, or is dead and can be seen",
        {notice.pk for notice in silent} <= over,
        f"{dead} dead",
    )
