"""The judge of `make soak-dispatches`: what happened is doctored in every way in which a fault of ours would."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.db import transaction

from fieldsvc.time import time_is
from notifications.jobs import escalate_notices
from notifications.models import Escalation, Message, Notice
from notifications.notices.services import acknowledge_notice
from sync.commands import Actor
from sync.ids import uuid7
from tests.notifications.telling import MORNING, dispatch_notice
from tests.people import People
from tests.soak.dispatches.judge import Evidence, verdicts

pytestmark = pytest.mark.django_db
Doctoring = Callable[[Evidence], Evidence | None]


@pytest.fixture
def evidence(people: People) -> Evidence:
    """Two visits: of one the technician has said that they saw it, of the other nothing, to the last step."""
    technician = people.technician
    assert people.dispatcher
    assert people.supervisor
    technician.phone = "+8613900000001"
    technician.save()
    seen, unseen = uuid4(), uuid4()
    with time_is(MORNING):
        for visit in (seen, unseen):
            dispatch_notice(technician, territory=people.north, about=visit, ticket_id=None)
    heard = Notice.objects.get(subject_id=seen)
    acknowledge_notice(actor=Actor(user=technician), occurred_at=MORNING, notice_id=heard.pk)
    for minutes in (10, 20, 30):
        with time_is(MORNING + timedelta(minutes=minutes)):
            escalate_notices(timestamp=0)
    Message.objects.update(status=Message.Status.SENT)
    delivered = [
        {"to": message.address, "text": message.text, "reference": str(message.pk)} for message in Message.objects.all()
    ]
    return Evidence({seen: technician.pk, unseen: technician.pk}, {heard.pk}, delivered)


def lost(evidence: Evidence) -> None:
    Notice.objects.filter(kind="visit_dispatched", acknowledged_at=None).delete()


def sent_to_another(evidence: Evidence) -> Evidence:
    return replace(evidence, sent=dict.fromkeys(evidence.sent, uuid4()))


def again(notice: Notice) -> Notice:
    """The same under another id."""
    notice.pk, notice.dedupe_key = uuid7(), f"{notice.dedupe_key}:again"
    notice.save(force_insert=True)
    return notice


def noticed_twice(evidence: Evidence) -> None:
    again(Notice.objects.get(acknowledged_at__isnull=False))


def desk_told_twice(evidence: Evidence) -> None:
    again(Notice.objects.filter(kind="notice_unacknowledged")[0])


def text_twice(evidence: Evidence) -> Evidence:
    """The outbox has sent it once more under the same reference, and the provider did not see that."""
    return replace(evidence, delivered=[*evidence.delivered, *evidence.delivered])


def two_texts(evidence: Evidence) -> Evidence:
    """A second message was written of the same dispatch."""
    message = Message.objects.get()
    message.pk, message.dedupe_key = uuid7(), "another"
    message.save(force_insert=True)
    line = {"to": message.address, "text": "In other words", "reference": str(message.pk)}
    return replace(evidence, delivered=[*evidence.delivered, line])


def said_in_vain(evidence: Evidence) -> None:
    """A technician was told that the office knows, and it does not."""
    Notice.objects.update(acknowledged_at=None)


def escalated_at(moment: datetime, *, way: str) -> Doctoring:
    def doctor(evidence: Evidence) -> None:
        # However it came about: the plan of the notice is what counts, not what the step says of itself.
        assert Escalation.objects.filter(way=way).update(taken_at=moment, due_at=moment)

    return doctor


def escalated_though_seen(evidence: Evidence) -> None:
    seen = Notice.objects.get(acknowledged_at__isnull=False)
    assert Escalation.objects.filter(number=0).update(notice=seen)


def gone(model: type[Escalation] | type[Message] | type[Notice], **which: object) -> Doctoring:
    def doctor(evidence: Evidence) -> None:
        assert model._default_manager.filter(**which).delete()[0]

    return doctor


def never_delivered(evidence: Evidence) -> Evidence:
    return replace(evidence, delivered=[])


ALL_STEPS = "every technician acknowledged, or was escalated by every step in its order"
ONE_NOTICE = "every dispatch is one notice, to whom it was sent"
FAULTS: dict[str, tuple[str, Doctoring]] = {
    "a dispatch is lost": (ONE_NOTICE, lost),
    "a dispatch reaches somebody else": (ONE_NOTICE, sent_to_another),
    "a dispatch is two notices": (ONE_NOTICE, noticed_twice),
    "an acknowledgement is lost": ("what the office said to be acknowledged is", said_in_vain),
    "nobody acknowledges, and nothing happens": (ALL_STEPS, gone(Escalation)),
    "a step is left out": (ALL_STEPS, gone(Escalation, way="dispatchers")),
    "steps come in another order": (ALL_STEPS, escalated_at(MORNING + timedelta(minutes=40), way="sms")),
    "a step comes too early": ("no step was taken before its time", escalated_at(MORNING, way="sms")),
    "a step comes though it was seen": ("no step was taken after the acknowledgement", escalated_though_seen),
    "the desk hears twice": ("nobody at the desk heard of one silence twice", desk_told_twice),
    "the supervisor does not hear": (
        "of every silence the supervisor heard",
        gone(Notice, user__role_grants__role="supervisor"),
    ),
    "the same SMS comes twice": ("nobody was told twice by SMS of one dispatch", text_twice),
    "two SMS tell of one dispatch": ("nobody was told twice by SMS of one dispatch", two_texts),
    "an SMS counts as sent and was not": ("what the outbox calls sent was delivered", never_delivered),
    "an SMS is forgotten": ("of every silence an SMS was sent, or is dead and can be seen", gone(Message)),
}


def test_the_judge_finds_each_fault_and_nothing_where_there_is_none(evidence: Evidence):
    assert broken(evidence) == set()
    missed = [fault for fault, (promise, doctor) in FAULTS.items() if promise not in broken_after(evidence, doctor)]
    assert missed == []


def test_every_promise_is_one_that_can_be_broken(evidence: Evidence):
    assert {verdict.promise for verdict in verdicts(evidence)} == {promise for promise, _ in FAULTS.values()}


def broken_after(evidence: Evidence, doctor: Doctoring) -> set[str]:
    """Nothing of the doctoring remains."""
    with transaction.atomic():
        found = broken(doctor(evidence) or evidence)
        transaction.set_rollback(True)
    return found


def broken(evidence: Evidence) -> set[str]:
    return {verdict.promise for verdict in verdicts(evidence) if not verdict.kept}
