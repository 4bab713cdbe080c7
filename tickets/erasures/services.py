"""Commands of somebody who deletes their account."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db.models import QuerySet

from accounts.checks import must_have_passed
from accounts.models import Role, User
from accounts.people.access import caller_to_help, holds, own_person, require_role
from accounts.people.services import end_access
from fieldsvc.errors import Conflict, must_exist
from notifications.services import notify
from sync.commands import Actor, command
from tickets.bills.models import Bill
from tickets.complaints.models import Ticket
from tickets.erasures.models import Erasure
from tickets.erasures.redacting import Identity, redact, redact_audit

log = structlog.get_logger(__name__)
Status = Erasure.Status


@command
def ask_erasure(*, actor: Actor, occurred_at: datetime) -> Erasure:
    """A resident deletes their account, in `ERASURE_DAYS` days: until then all stays as it is, and can be undone.

    Saying it again changes nothing. Raises Forbidden("role_required"), Conflict("staff_account") for those who work
    here, Conflict("tickets_open") while somebody still has to do something for them: `references`;
    Conflict("bills_open") while they owe something: `bills`.
    """
    require_role(actor, Role.RESIDENT)
    person = own_person(actor)
    if actor.user.works_here:
        raise Conflict("staff_account", "An administrator deactivates whoever works here.")
    return _ask(person, actor=actor, at=occurred_at)


@command
def ask_erasure_for(
    *, actor: Actor, occurred_at: datetime, person_id: UUID, checks: Sequence[Mapping[str, Any]]
) -> Erasure:
    """The same for somebody on the phone, who has shown an agent who they are. They hear of it, and may undo it.

    Raises what `caller_to_help` and `must_have_passed` raise, and the rest as `ask_erasure`.
    """
    person = caller_to_help(actor, person_id)
    passed = must_have_passed(checks)
    return _ask(person, actor=actor, at=occurred_at, asked_by=actor.user, checks=passed)


def _ask(person: User, *, actor: Actor, at: datetime, **help: Any) -> Erasure:
    """See `ask_erasure`; who helped the locked person, and how they know them, if anybody did."""
    waiting = Erasure.objects.filter(person=person, status=Status.WAITING).first()
    if waiting is not None:
        return waiting
    if references := list(_open_tickets(person).values_list("reference", flat=True)[:10]):
        raise Conflict("tickets_open", "Have them done, or cancel them, first.", references=references)
    if numbers := list(_open_bills(person).values_list("number", flat=True)[:10]):
        raise Conflict("bills_open", "Pay what is owed first.", bills=numbers)
    due_at = at + timedelta(days=settings.ERASURE_DAYS)
    erasure = Erasure.objects.create(person=person, asked_at=at, due_at=due_at, **help)
    _tell(erasure, "erasure_asked", to=[person], text={"due_at": due_at}, actor=actor)
    return erasure


@command
def undo_erasure(*, actor: Actor, occurred_at: datetime) -> Erasure:
    """They have changed their mind. Raises NotFound when nothing waits."""
    return _undo(own_person(actor), actor=actor, at=occurred_at)


@command
def undo_erasure_for(*, actor: Actor, occurred_at: datetime, person_id: UUID) -> Erasure:
    """Somebody on the phone has changed their mind. Raises what `caller_to_help` raises, and as `undo_erasure`."""
    return _undo(caller_to_help(actor, person_id), actor=actor, at=occurred_at)


def _undo(person: User, *, actor: Actor, at: datetime) -> Erasure:
    erasure = must_exist(Erasure.objects.filter(person=person, status=Status.WAITING).first())
    erasure.decided_by = actor.user
    erasure.save(update_fields=["decided_by"])
    _decide(erasure, Status.UNDONE, at=at)
    return erasure


def erase_due(*, at: datetime) -> None:
    """Forget those whose time has come, each by itself: one that fails waits for the next time, and no other for it."""
    due = Erasure.objects.filter(status=Status.WAITING, due_at__lte=at).order_by("due_at")
    for erasure_id in list(due.values_list("pk", flat=True)):
        try:
            erase(actor=Actor.system(), occurred_at=at, erasure_id=erasure_id)
        except Exception as error:
            log.exception("erasure_failed", erasure=str(erasure_id))
            _note_failure(actor=Actor.system(), occurred_at=at, erasure_id=erasure_id, error=type(error).__name__)


@command
def erase(*, actor: Actor, occurred_at: datetime, erasure_id: UUID) -> None:
    """Forget somebody, if their time has come.

    Who has complained again meanwhile, or owes something, is forgotten when that is done; who works here by now is
    not, and hears of it. Any number of workers may do it at once.
    """
    seen = Erasure.objects.get(pk=erasure_id)
    waiting = Erasure.objects.filter(pk=erasure_id, status=Status.WAITING, due_at__lte=occurred_at)
    _hold_tickets(seen.person_id)
    person = User.objects.select_for_update().get(pk=seen.person_id)  # from now on there will be no others
    erasure = waiting.select_for_update().first()
    if erasure is None or _open_tickets(person).exists() or _open_bills(person).exists():
        return
    if person.works_here:
        _decide(erasure, Status.STOPPED, at=occurred_at)
        _tell(erasure, "erasure_stopped", to=[person], text={}, actor=actor)
        return
    identity = Identity(person)
    erasure.counts = redact(person, identity, at=occurred_at)
    _forget(person)
    erasure.counts["audit"] = redact_audit(person, identity)
    erasure.save(update_fields=["counts"])
    _decide(erasure, Status.DONE, at=occurred_at)


@command
def _note_failure(*, actor: Actor, occurred_at: datetime, erasure_id: UUID, error: str) -> None:
    erasure = Erasure.objects.select_for_update().get(pk=erasure_id)
    erasure.failed_at, erasure.last_error = occurred_at, error  # its words may name the person, who is to be forgotten
    erasure.save(update_fields=["failed_at", "last_error"])
    administrators = User.objects.filter(holds([Role.ADMINISTRATOR], []), is_active=True)
    _tell(erasure, "erasure_failed", to=administrators, text={"due_at": erasure.due_at, "error": error}, actor=actor)


def _hold_tickets(person_id: UUID) -> None:
    """Nobody works on them meanwhile. New tickets may refer to them (as what they repeat), and do not wait for us."""
    tickets = _tickets_of(person_id).select_for_update(of=("self",), no_key=True)
    list(tickets.order_by("pk").values_list("pk"))


def _tickets_of(person_id: UUID) -> QuerySet[Ticket]:
    return Ticket.objects.filter(resident=person_id)


def _open_tickets(person: User) -> QuerySet[Ticket]:
    return _tickets_of(person.pk).filter(status__in=Ticket.UNRESOLVED)


def _open_bills(person: User) -> QuerySet[Bill]:
    return Bill.objects.filter(resident=person, outstanding__gt=0)


def _decide(erasure: Erasure, status: Erasure.Status, *, at: datetime) -> None:
    erasure.status, erasure.decided_at = status, at
    erasure.save(update_fields=["status", "decided_at"])


def _tell(erasure: Erasure, kind: str, *, to: Iterable[User], text: Mapping[str, Any], actor: Actor) -> None:
    subject = ("erasures", erasure.pk)
    notify(actor=actor, to=to, kind=kind, subject=subject, text=text, dedupe_key=f"{kind}:{erasure.pk}")


def _forget(person: User) -> None:
    """The row stays, as what happened refers to it; nobody can tell whose it was, or sign in with it."""
    person.username, person.phone, person.name, person.email = f"deleted-{person.pk.hex}", None, "", ""
    person.is_active = False
    person.set_unusable_password()
    person.save(update_fields=["username", "phone", "name", "email", "is_active", "password"])
    person.role_grants.all().delete()
    end_access(person)
