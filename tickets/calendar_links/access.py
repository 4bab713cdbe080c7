"""From a secret, or from its maker, to a calendar link that is still good."""

from django.db.models import F, QuerySet
from knox.crypto import hash_token

from accounts.models import Role, User
from accounts.people.access import holds
from fieldsvc.errors import must_exist
from sync.commands import Actor
from sync.rows import locked
from tickets.calendar_links.models import CalendarLink


def own_link(actor: Actor) -> CalendarLink:
    """Raises NotFound if the actor has none that is good."""
    return _found(_good_links().filter(technician=actor.user))


def link_of_secret(secret: str) -> CalendarLink:
    """Locked, with its technician. Raises NotFound alike for what was never made, was revoked or has ended."""
    links = _good_links().filter(digest=hash_token(secret))
    return _found(locked(links.select_related("technician")))


def _good_links() -> QuerySet[CalendarLink]:
    """Those of active technicians who have not been signed out everywhere since they made it."""
    technicians = User.objects.filter(holds([Role.TECHNICIAN]), is_active=True)
    return CalendarLink.objects.filter(technician__in=technicians, sign_outs=F("technician__sign_outs"))


def _found(links: QuerySet[CalendarLink]) -> CalendarLink:
    return must_exist(links.first())
