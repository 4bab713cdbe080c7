"""Among what a person looks for a caller. What they may not see is not found."""

from django.db.models import QuerySet

from accounts.models import DESK, WATCHERS, Role, User
from accounts.people.access import holds, in_territories, require_role
from sync.commands import Actor
from tickets.complaints.models import Ticket
from tickets.sites.models import Asset, ServiceAccount, Site


def desk_of(actor: Actor) -> User:
    """Who looks for a caller. Raises Forbidden("role_required") for those who answer none."""
    require_role(actor, *DESK)
    user: User = actor.user
    return user


def residents() -> QuerySet[User]:
    """Registered residents; they belong to no territory, and may call any desk: see `visible_people`."""
    return User.objects.filter(holds([Role.RESIDENT]), is_active=True)


def sites(user: User) -> QuerySet[Site]:
    """Those of the desk's territories; accounts, equipment and tickets likewise."""
    return in_territories(Site.objects.all(), user, *WATCHERS)


def accounts(user: User) -> QuerySet[ServiceAccount]:
    """See `sites`."""
    return in_territories(ServiceAccount.objects.all(), user, *WATCHERS, field="site__territory_id")


def assets(user: User) -> QuerySet[Asset]:
    """See `sites`."""
    return in_territories(Asset.objects.all(), user, *WATCHERS, field="site__territory_id")


def tickets(user: User) -> QuerySet[Ticket]:
    """See `sites`."""
    return in_territories(Ticket.objects.all(), user, *WATCHERS)
