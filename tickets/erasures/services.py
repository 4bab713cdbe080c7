"""Commands of somebody who deletes their account."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef

from accounts.models import Role, User
from accounts.people.access import own_person, require_role
from accounts.people.services import end_access
from fieldsvc.errors import Conflict, must_exist
from notifications.services import notify
from sync.commands import Actor, command
from tickets.bills.models import Bill
from tickets.complaints.models import Ticket
from tickets.erasures.models import Erasure
from tickets.erasures.redacting import Identity, redact, redact_audit

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
    waiting = Erasure.objects.filter(person=person, status=Status.WAITING).first()
    if waiting is not None:
        return waiting
    unfinished = Ticket.objects.filter(resident=person, status__in=Ticket.OPEN).values_list("reference", flat=True)
    if references := list(unfinished[:10]):
        raise Conflict("tickets_open", "Have them done, or cancel them, first.", references=references)
    if numbers := list(Bill.objects.filter(resident=person, outstanding__gt=0).values_list("number", flat=True)[:10]):
        raise Conflict("bills_open", "Pay what is owed first.", bills=numbers)
    due_at = occurred_at + timedelta(days=settings.ERASURE_DAYS)
    erasure = Erasure.objects.create(person=person, asked_at=occurred_at, due_at=due_at)
    notify(
        actor=actor,
        to=[person],
        kind="erasure_asked",
        subject=("erasures", erasure.pk),
        text={"due_at": due_at},
        dedupe_key=f"erasure_asked:{erasure.pk}",
    )
    return erasure


@command
def undo_erasure(*, actor: Actor, occurred_at: datetime) -> Erasure:
    """They have changed their mind. Raises NotFound when nothing waits."""
    own_person(actor)
    erasure = must_exist(Erasure.objects.filter(person=actor.user, status=Status.WAITING).first())
    erasure.status, erasure.decided_at = Status.UNDONE, occurred_at
    erasure.save(update_fields=["status", "decided_at"])
    return erasure


@command
def erase_next(*, actor: Actor, occurred_at: datetime) -> Erasure | None:
    """Forget one of those whose time has come; None when there is nobody. Any number of workers may do it at once.

    Who has complained again meanwhile, or owes something, is forgotten when that is done.
    """
    unfinished = Ticket.objects.filter(resident=OuterRef("person"), status__in=Ticket.OPEN)
    owed = Bill.objects.filter(resident=OuterRef("person"), outstanding__gt=0)
    due = Erasure.objects.filter(~Exists(unfinished), ~Exists(owed), status=Status.WAITING, due_at__lte=occurred_at)
    erasure = due.order_by("due_at").select_for_update(of=("self",), skip_locked=True).first()
    if erasure is None:
        return None
    person = User.objects.select_for_update().get(pk=erasure.person_id)
    identity = Identity(person)
    erasure.counts = redact(person, identity, at=occurred_at)
    _forget(person)
    erasure.counts["audit"] = redact_audit(person, identity)
    erasure.status, erasure.decided_at = Status.DONE, occurred_at
    erasure.save(update_fields=["status", "decided_at", "counts"])
    return erasure


def _forget(person: User) -> None:
    """The row stays, as what happened refers to it; nobody can tell whose it was, or sign in with it."""
    person.username, person.phone, person.name, person.email = f"deleted-{person.pk.hex}", None, "", ""
    person.is_active = False
    person.set_unusable_password()
    person.save(update_fields=["username", "phone", "name", "email", "is_active", "password"])
    person.role_grants.all().delete()
    end_access(person)
