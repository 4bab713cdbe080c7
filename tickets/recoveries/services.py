"""Commands by which somebody whose number has changed gets in again."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from accounts.checks import must_have_passed
from accounts.models import DESK, Role, User
from accounts.people.access import require_role
from accounts.people.phones import phone_number
from accounts.people.services import end_access
from fieldsvc.errors import Conflict, Forbidden
from notifications.services import notify, send_sms
from sync.commands import Actor, command
from sync.ids import uuid7
from sync.repeats import id_taken
from sync.rows import locked
from sync.violations import violated_constraint
from tickets.complaints.access import resident_to_help
from tickets.recoveries import access
from tickets.recoveries.models import DECISION, Recovery

Status = Recovery.Status
PORTION = 50

WARNING = {
    "en": "Somebody has asked us to sign you in with another phone number, ending {end}. If that was not you, call us, "
    "or stop it in the app.",
    "zh": "有人申请将您的账户改用尾号 {end} 的手机号登录。如非本人操作，请立即致电我们或在应用中取消。",
}
DONE = {
    "en": "You sign in with the phone number ending {end} from now on. All devices were signed out.",
    "zh": "您的账户现已改用尾号 {end} 的手机号登录，所有设备均已退出。",
}
"""What is said by SMS: to keep somebody safe, so without asking for their consent."""


@command
def ask_recovery(
    *,
    actor: Actor,
    occurred_at: datetime,
    person_id: UUID,
    new_phone: str,
    checks: Sequence[Mapping[str, Any]],
    reason: str,
    id: UUID | None = None,
) -> Recovery:
    """An agent has asked somebody who they are, and believes them. Whoever has the old number hears of it at once.

    Raises Forbidden("role_required"), Invalid (`resident_unknown`, `phone_not_valid`, `checks_not_passed`),
    Conflict (`own_account`, `staff_account`, `phone_taken`, `recovery_waiting`, `id_taken`).
    """
    require_role(actor, *DESK)
    person = resident_to_help(person_id, field="person_id")
    if person == actor.user:
        raise Conflict("own_account", "Ask a colleague: nobody lets themselves in.")
    if person.works_here:
        raise _of_staff()
    number = phone_number(new_phone, field="new_phone")
    if User.objects.filter(phone=number).exists():
        raise _taken()
    recovery = Recovery(
        id=id or uuid7(),
        person=person,
        old_phone=person.phone or "",
        new_phone=number,
        checks=must_have_passed(checks),
        reason=reason,
        asked_by=actor.user,
        asked_at=occurred_at,
        due_at=occurred_at + timedelta(hours=settings.RECOVERY_WAIT_HOURS),
    )
    try:
        with transaction.atomic():
            recovery.save(force_insert=True)
    except IntegrityError as error:
        match violated_constraint(error):
            case "one_waiting_recovery_per_person":
                raise Conflict("recovery_waiting", "This was asked before. Approve that, or stop it.") from error
            case "tickets_recovery_pkey":
                raise id_taken() from error
        raise
    _text(person, recovery.old_phone, WARNING, recovery)
    _tell(recovery, "recovery_asked", actor=actor)
    return recovery


@command
def approve_recovery(*, actor: Actor, occurred_at: datetime, recovery_id: UUID) -> Recovery:
    """A supervisor has looked at it, who is not the agent. Saying it again changes nothing.

    Raises NotFound, Forbidden("role_required" | "own_recovery"), Conflict (`recovery_over`, `person_deactivated`,
    `staff_account`, `phone_changed`, `phone_taken`).
    """
    recovery = access.recovery_to_decide(actor, recovery_id)
    require_role(actor, Role.SUPERVISOR)
    if actor.user.pk in (recovery.asked_by_id, recovery.person_id):
        raise Forbidden("own_recovery", "A second person has to look at it.")
    if _must_wait(recovery, unless=Status.DONE):
        if obstacle := _obstacle(recovery):
            raise obstacle
        _let_in(recovery, actor=actor, at=occurred_at)
    return recovery


@command
def stop_recovery(*, actor: Actor, occurred_at: datetime, recovery_id: UUID, reason: str = "") -> Recovery:
    """It was not them, or they have the old number after all. Raises NotFound, Conflict("recovery_over")."""
    recovery = access.recovery_to_decide(actor, recovery_id)
    if recovery.person_id != actor.user.pk:
        require_role(actor, *DESK)
    if _must_wait(recovery, unless=Status.STOPPED):
        _decide(recovery, Status.STOPPED, actor=actor, at=occurred_at, reason=reason)
        _tell(recovery, "recovery_stopped", actor=actor)
    return recovery


@command
def recover_due(*, actor: Actor, occurred_at: datetime) -> int:
    """Nobody has stopped these for so long: let them in. Returns how many were decided; any number of workers may."""
    due = Recovery.objects.filter(status=Status.WAITING, due_at__lte=occurred_at).order_by("due_at")
    ids = list(due.values_list("person", flat=True)[:PORTION])
    free = User.objects.filter(pk__in=ids).order_by("pk").select_for_update(skip_locked=True)
    recoveries = list(locked(due.filter(person__in=list(free)).select_related("person")))
    for recovery in recoveries:
        if obstacle := _obstacle(recovery):
            _decide(recovery, Status.STOPPED, actor=actor, at=occurred_at, reason=obstacle.code)
        else:
            _let_in(recovery, actor=actor, at=occurred_at)
    return len(recoveries)


def _must_wait(recovery: Recovery, *, unless: Recovery.Status) -> bool:
    """Whether there is something to do. Raises Conflict("recovery_over") when it ended otherwise."""
    if recovery.status == unless:
        return False
    if recovery.status != Status.WAITING:
        raise Conflict("recovery_over", "This was decided otherwise.", recovery_status=recovery.status)
    return True


def _obstacle(recovery: Recovery) -> Conflict | None:
    """What has changed since it was asked for, so that nobody may be let in by it."""
    person = recovery.person
    if not person.is_active:
        return Conflict("person_deactivated", "Nobody signs in with this account any more.")
    if person.works_here:
        return _of_staff()
    if (person.phone or "") != recovery.old_phone:
        return Conflict("phone_changed", "They have another number by now. Stop this, and ask again if need be.")
    return _taken() if User.objects.filter(phone=recovery.new_phone).exists() else None


def _of_staff() -> Conflict:
    return Conflict("staff_account", "An administrator changes the number of somebody who works here.")


def _taken() -> Conflict:
    return Conflict("phone_taken", "Somebody has this phone number. Find and change that person.")


def _let_in(recovery: Recovery, *, actor: Actor, at: datetime) -> None:
    person = recovery.person
    person.phone = recovery.new_phone
    person.save(update_fields=["phone"])
    end_access(person)
    _decide(recovery, Status.DONE, actor=actor, at=at)
    for number in (recovery.old_phone, recovery.new_phone):
        _text(person, number, DONE, recovery)
    _tell(recovery, "recovery_done", actor=actor)


def _decide(recovery: Recovery, status: Recovery.Status, *, actor: Actor, at: datetime, reason: str = "") -> None:
    recovery.status, recovery.decided_at, recovery.decided_by, recovery.stop_reason = status, at, actor.user, reason
    recovery.save(update_fields=DECISION)


def _text(person: User, number: str, words: Mapping[str, str], recovery: Recovery) -> None:
    if number:
        text = words[person.language].format(end=recovery.new_phone[-4:])
        send_sms(number, text, dedupe_key=f"recovery:{recovery.pk}:{recovery.status}:{number}")


def _tell(recovery: Recovery, kind: str, *, actor: Actor) -> None:
    notify(
        actor=actor,
        to=[recovery.person],
        kind=kind,
        subject=("recoveries", recovery.pk),
        text={"end": recovery.new_phone[-4:], "due_at": recovery.due_at},
        dedupe_key=f"{kind}:{recovery.pk}",
        urgent=True,
    )
