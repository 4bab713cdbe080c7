"""The dispatches, the kills between them, the rest after it, and what must be true then."""

import argparse
import json
import time
from collections import Counter
from datetime import timedelta
from random import Random
from threading import Event, Thread

from django.db import connection, connections
from django.db.models import Count, F, QuerySet

from accounts.models import Role, RoleGrant, User
from accounts.signin.services import issue_token
from fieldsvc.time import now
from notifications.models import Escalation, Message, Notice
from sync.ids import uuid7
from tests.day.stage import Promises, eventually
from tests.people import People
from tests.soak.dispatches.office import Office
from tests.soak.dispatches.people import Dispatcher, Technician
from tests.world import World

REST_SECONDS = 600
"""How long it may take until nobody waits any more: gateways are tried again after minutes."""


def prove(office: Office, wanted: argparse.Namespace) -> int:
    """How many promises were broken."""
    people = People()
    users = [_technician(people, number) for number in range(wanted.technicians)]
    assert people.supervisor
    world, dispatcher = World(people), Dispatcher(issue_token(people.dispatcher), office.ports, Random(wanted.seed))
    tickets = [str(world.ticket().pk) for _ in range(wanted.dispatches)]
    over = Event()
    technicians = [
        Technician(user.name, issue_token(user), office.ports, wanted.seed, wanted.silent, over) for user in users
    ]
    connection.close()
    connections["default"].close_pool()  # type: ignore[attr-defined]  # PostgreSQL's have one
    threads = [Thread(target=technician.works) for technician in technicians]
    for thread in threads:
        thread.start()
    try:
        _dispatch(tickets, users, dispatcher, office, wanted)
        print(f"All sent; killed: {dict(office.killed)}. Now nobody is killed any more.", flush=True)
        eventually(lambda: not _waiting(), "everybody to acknowledge or to be escalated", REST_SECONDS)
    finally:
        over.set()
        for thread in threads:
            thread.join()
    return _judge(office, technicians, dispatcher, wanted)


def _technician(people: People, number: int) -> User:
    user = User.objects.create_user(f"tech{number}", name=f"Tech {number}", phone=f"+861390000{number:04}")
    RoleGrant.objects.create(user=user, role=Role.TECHNICIAN, territory=people.north)
    return user


def _dispatch(
    tickets: list[str], users: list[User], dispatcher: Dispatcher, office: Office, wanted: argparse.Namespace
) -> None:
    """Send everybody somewhere, one after the other, and kill as the seed says."""
    chance = Random(f"{wanted.seed} kills")
    kills: dict[int, list[str]] = {}
    for name in office.processes:
        for _ in range(wanted.kills):
            kills.setdefault(chance.randrange(len(tickets)), []).append(name)
    morning, told = now() + timedelta(days=1), time.monotonic()
    for number, ticket in enumerate(tickets):
        for name in kills.get(number, ()):
            office.kill(name)
        start = morning + timedelta(hours=number // len(users))
        dispatcher.sends(
            ticket,
            id=str(uuid7()),
            technician_id=str(users[number % len(users)].pk),
            window_start=start.isoformat(),
            window_end=(start + timedelta(minutes=59)).isoformat(),
        )
        if time.monotonic() - told >= 5:
            told = time.monotonic()
            print(f"  {number + 1} sent; killed: {dict(office.killed)}", flush=True)


def _dispatched() -> QuerySet[Notice]:
    return Notice.objects.filter(kind="visit_dispatched")


def _waiting() -> bool:
    """Whether somebody still waits for a step, or a message for its delivery."""
    return (
        _dispatched().filter(escalate_at__isnull=False).exists()
        or Message.objects.filter(status=Message.Status.QUEUED).exists()
    )


def _judge(office: Office, technicians: list[Technician], dispatcher: Dispatcher, wanted: argparse.Namespace) -> int:
    promises = Promises()
    notices = list(_dispatched().prefetch_related("escalations"))
    promises.check("every dispatch is one notice", len(notices) == wanted.dispatches, len(notices))
    acknowledged = [notice for notice in notices if notice.acknowledged_at]
    silent = [notice for notice in notices if not notice.acknowledged_at]
    complete = [
        notice
        for notice in silent
        if [step.way for step in sorted(notice.escalations.all(), key=lambda step: (step.taken_at, step.number))]
        == [step["way"] for step in notice.steps]
    ]
    promises.check(
        "every technician acknowledged, or was escalated by every step in its order",
        len(complete) == len(silent),
        f"{len(acknowledged)} acknowledged, {len(complete)} of {len(silent)} escalated",
    )
    heard = {pk for technician in technicians for pk in technician.confirmed}
    kept = heard <= {str(notice.pk) for notice in acknowledged}
    promises.check("what the office said to be acknowledged is", kept, len(heard))
    early = Escalation.objects.filter(taken_at__lt=F("due_at")).count()
    promises.check("no step was taken before its time", not early)
    late = Escalation.objects.filter(taken_at__gt=F("notice__acknowledged_at") + timedelta(seconds=10)).count()
    promises.check("no step was taken after the acknowledgement", not late)
    told = Notice.objects.filter(kind="notice_unacknowledged")
    again = told.values("user", "cause").annotate(times=Count("pk")).filter(times__gt=1).count()
    promises.check("nobody at the desk heard of one silence twice", not again, f"{told.count()} told")
    needed = {notice.pk for notice in silent}
    missing = needed - set(told.filter(user__role_grants__role=Role.SUPERVISOR).values_list("cause_id", flat=True))
    promises.check("of every silence the supervisor heard", not missing, len(needed))
    lines = office.book.read_text().splitlines() if office.book.exists() else []
    texts = Counter((message["to"], message["text"]) for message in map(json.loads, lines))
    promises.check("no SMS was delivered twice", max(texts.values(), default=1) == 1, f"{len(lines)} delivered")
    sent = Message.objects.filter(channel="sms", status=Message.Status.SENT)
    delivered = {json.loads(line)["reference"] for line in lines}
    promises.check(
        "what the outbox calls sent was delivered", {str(pk) for pk in sent.values_list("pk", flat=True)} <= delivered
    )
    dead = Message.objects.filter(status=Message.Status.DEAD)
    unsaid = needed - set(Message.objects.exclude(status="queued").values_list("notice_id", flat=True))
    promises.check("of every silence an SMS was sent, or is dead and can be seen", not unsaid, f"{dead.count()} dead")
    lived = sum(technician.connections for technician in technicians)
    print(
        f"  {lived} connections of {len(technicians)} technicians, {dispatcher.repeated} requests repeated, "
        f"tries per SMS at most {max(Message.objects.values_list('attempts', flat=True), default=0)}."
    )
    print(f"{promises.broken} promises broken; seed {wanted.seed}." if promises.broken else "Every promise was kept.")
    return promises.broken
