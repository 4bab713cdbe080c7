"""The dispatches, the kills between them, and the rest after it."""

import argparse
import json
import time
from collections.abc import Mapping
from datetime import timedelta
from random import Random
from threading import Event, Thread
from uuid import UUID

from django.db import connection, connections

from accounts.models import Role, RoleGrant, User
from accounts.signin.services import issue_token
from fieldsvc.time import now
from notifications.models import Message, Notice
from sync.ids import uuid7
from tests.day.stage import Promises, eventually
from tests.people import People
from tests.soak.dispatches.judge import Evidence, verdicts
from tests.soak.dispatches.office import Office
from tests.soak.dispatches.people import Dispatcher, Technician
from tests.world import World

REST_SECONDS = 5_000
"""How long it may take until nobody waits any more: the last try of an SMS comes after 73 minutes."""


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
        sent = _dispatch(tickets, users, dispatcher, office, wanted)
        print(f"All sent; killed: {dict(office.killed)}. Now nobody is killed any more.", flush=True)
        eventually(lambda: not _waiting(), "everybody to acknowledge or to be escalated", REST_SECONDS)
    finally:
        over.set()
        for thread in threads:
            thread.join()
    promises = Promises()
    for verdict in verdicts(_evidence(office, technicians, sent)):
        promises.check(*verdict)
    lived = sum(technician.connections for technician in technicians)
    print(
        f"  {lived} connections of {len(technicians)} technicians, {dispatcher.repeated} requests repeated, "
        f"tries per SMS at most {max(Message.objects.values_list('attempts', flat=True), default=0)}."
    )
    print(f"{promises.broken} promises broken; seed {wanted.seed}." if promises.broken else "Every promise was kept.")
    return promises.broken


def _technician(people: People, number: int) -> User:
    user = User.objects.create_user(f"tech{number}", name=f"Tech {number}", phone=f"+861390000{number:04}")
    RoleGrant.objects.create(user=user, role=Role.TECHNICIAN, territory=people.north)
    return user


def _dispatch(
    tickets: list[str], users: list[User], dispatcher: Dispatcher, office: Office, wanted: argparse.Namespace
) -> dict[UUID, UUID]:
    """Send everybody somewhere, one after the other, and kill as the seed says. Answers who has which visit."""
    chance = Random(f"{wanted.seed} kills")
    kills: dict[int, list[str]] = {}
    for name, times in office.to_be_killed(wanted.kills).items():
        for _ in range(times):
            kills.setdefault(chance.randrange(len(tickets)), []).append(name)
    sent: dict[UUID, UUID] = {}
    morning, told = now() + timedelta(days=1), time.monotonic()
    for number, ticket in enumerate(tickets):
        for name in kills.get(number, ()):
            office.kill(name)
        start = morning + timedelta(hours=number // len(users))
        visit, technician = uuid7(), users[number % len(users)].pk
        dispatcher.sends(
            ticket,
            id=str(visit),
            technician_id=str(technician),
            window_start=start.isoformat(),
            window_end=(start + timedelta(minutes=59)).isoformat(),
        )
        sent[visit] = technician
        if time.monotonic() - told >= 5:
            told = time.monotonic()
            print(f"  {number + 1} sent; killed: {dict(office.killed)}", flush=True)
    return sent


def _waiting() -> bool:
    """Whether somebody still waits for a step, or a message for its delivery."""
    return (
        Notice.objects.filter(escalate_at__isnull=False).exists()
        or Message.objects.filter(status=Message.Status.QUEUED).exists()
    )


def _evidence(office: Office, technicians: list[Technician], sent: Mapping[UUID, UUID]) -> Evidence:
    lines = office.book.read_text().splitlines() if office.book.exists() else []
    confirmed = {UUID(pk) for technician in technicians for pk in technician.confirmed}
    return Evidence(sent, confirmed, [json.loads(line) for line in lines])
