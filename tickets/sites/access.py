"""From the id of a site, an account or an asset to the row that this person may see or change."""

from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Role, Territory, User
from accounts.people.access import require_role, territories
from fieldsvc.errors import Invalid, NotFound, must_exist
from sync.commands import Actor
from sync.rows import locked
from sync.sql import execute
from tickets.complaints.access import followed_by
from tickets.complaints.models import Ticket
from tickets.sites.models import Asset, ServiceAccount, Site, bound_by

WRITERS = (Role.AGENT, Role.DISPATCHER, Role.SUPERVISOR, Role.ADMINISTRATOR)
"""The desk keeps the record of sites; everybody in it by territory."""


def visible_sites(user: User, *, ever: bool = False) -> QuerySet[Site]:
    """The desk's by territory; a technician's, of tickets that they follow; a resident's own.

    A resident's own are those of an account that they have bound and those of their complaints. `ever` includes those
    where a technician's visit was called off: a phone without signal still has them.
    """
    places = territories(user, *WRITERS)
    if places is None:
        return Site.objects.all()
    own = bound_by(user.pk, "accounts__") | Q(tickets__resident=user)
    seen = Q(territory__in=places) | Q(pk__in=Site.objects.filter(own).values("pk"))
    if user.has_role(Role.TECHNICIAN):
        seen |= Q(pk__in=_followed(user, ever).values("site"))
    return Site.objects.filter(seen)


def visible_accounts(user: User, *, ever: bool = False) -> QuerySet[ServiceAccount]:
    """The desk's by territory; those of a technician's tickets; those a resident has bound. `ever` as for sites."""
    places = territories(user, *WRITERS)
    if places is None:
        return ServiceAccount.objects.all()
    seen = Q(site__territory__in=places) | bound_by(user.pk)
    if user.has_role(Role.TECHNICIAN):
        seen |= Q(pk__in=_followed(user, ever).values("account"))
    return ServiceAccount.objects.filter(seen)


def accounts_worked_on(user: User) -> frozenset[UUID]:
    """Those under which there is a complaint that this technician follows and that is not done with."""
    if not user.has_role(Role.TECHNICIAN):
        return frozenset()
    followed = Ticket.objects.filter(followed_by(user), account__isnull=False).exclude(status__in=Ticket.ENDED)
    return frozenset(account_id for (account_id,) in followed.order_by().values_list("account").distinct())


def visible_assets(user: User, *, ever: bool = False) -> QuerySet[Asset]:
    """The desk's by territory; all at a technician's sites; those of a resident's own account or complaint.

    `ever` as for sites.
    """
    places = territories(user, *WRITERS)
    if places is None:
        return Asset.objects.all()
    own = Q(Exists(Ticket.objects.filter(resident=user, asset=OuterRef("pk"))))
    seen = Q(site__territory__in=places) | bound_by(user.pk, "account__") | own
    if user.has_role(Role.TECHNICIAN):
        seen |= Q(site__in=_followed(user, ever).values("site"))
    return Asset.objects.filter(seen)


def _followed(user: User, ever: bool) -> QuerySet[Ticket]:
    return Ticket.objects.filter(followed_by(user, ever=ever))


def audience(user: User, territory_id: UUID) -> str:
    """As whom this person sees a site of this territory that they may see: `desk`, `technician` or `resident`."""
    places = territories(user, *WRITERS)
    if places is None or territory_id in places:
        return "desk"
    return "technician" if user.has_role(Role.TECHNICIAN) else "resident"


def site_to_see(actor: Actor, site_id: UUID) -> Site:
    """Raises NotFound unless the actor may see this site."""
    visible = Site.objects.all() if actor.user is None else visible_sites(actor.user, ever=actor.offline)
    return must_exist(visible.select_related("territory").filter(pk=site_id).first())


def site_to_change(actor: Actor, site_id: UUID) -> Site:
    """Locked. Raises NotFound, or Forbidden("role_required") for those who may only see it."""
    seen = site_to_see(actor, site_id)
    require_role(actor, *WRITERS, territory_id=seen.territory_id)
    return Site.objects.select_for_update(of=("self",)).get(pk=site_id)


def site_to_move(actor: Actor, site_id: UUID, *roles: str) -> Site:
    """Locked, with its territory, for people with one of these roles there.

    Raises NotFound, Forbidden("role_required").
    """
    seen = site_to_see(actor, site_id)
    require_role(actor, *roles, territory_id=seen.territory_id)
    return locked(Site.objects.select_related("territory").filter(pk=site_id)).get()


def site_to_stay_at(site: Site) -> Site:
    """The site as it is now; nobody moves it to another territory before the transaction ends."""
    [(territory_id,)] = execute("SELECT territory_id FROM tickets_site WHERE id = %s FOR SHARE", [site.pk])
    return site if territory_id == site.territory_id else Site.objects.select_related("territory").get(pk=site.pk)


def account_to_change(actor: Actor, account_id: UUID) -> ServiceAccount:
    """Locked. Raises NotFound, or Forbidden("role_required") for those who may only see it."""
    visible = ServiceAccount.objects.all() if actor.user is None else visible_accounts(actor.user)
    must_exist(visible.filter(pk=account_id).first())
    account = locked(ServiceAccount.objects.select_related("site").filter(pk=account_id)).get()
    require_role(actor, *WRITERS, territory_id=account.site.territory_id)
    return account


def asset_to_change(actor: Actor, asset_id: UUID) -> Asset:
    """Locked. Raises NotFound, or Forbidden("role_required") for those who may only see it."""
    visible = Asset.objects.all() if actor.user is None else visible_assets(actor.user)
    seen = must_exist(visible.select_related("site").filter(pk=asset_id).first())
    require_role(actor, *WRITERS, territory_id=seen.site.territory_id)
    return locked(Asset.objects.select_related("site").filter(pk=asset_id)).get()


def site_to_use(actor: Actor, site_id: UUID) -> Site:
    """A site that something is to be put at. Raises Invalid("site_unknown") for one that the actor may not see."""
    try:
        return site_to_see(actor, site_id)
    except NotFound:
        raise Invalid("site_unknown", "Choose a site that exists.", field="site_id") from None


def asset_to_use(actor: Actor, asset_id: UUID) -> Asset:
    """Equipment that a complaint is about. Raises Invalid("asset_unknown") for what the actor may not see."""
    visible = Asset.objects.all() if actor.user is None else visible_assets(actor.user, ever=actor.offline)
    asset = visible.select_related("site__territory").filter(pk=asset_id).first()
    if asset is None:
        raise Invalid("asset_unknown", "Choose equipment that stands there.", field="asset_id")
    return asset


def active_territory(territory_id: UUID) -> Territory:
    """Raises Invalid("territory_unknown") for a territory that does not exist or was closed."""
    territory = Territory.objects.filter(pk=territory_id, is_active=True).first()
    if territory is None:
        raise Invalid("territory_unknown", "Choose one of the territories.", field="territory_id")
    return territory


def territory_to_work_in(actor: Actor, territory_id: UUID | None, *roles: str) -> Territory:
    """Which desk it is for: as it was said, else the only one that is possible for people with these roles.

    Raises Invalid("territory_unknown"), Invalid("territory_required").
    """
    if territory_id is not None:
        return active_territory(territory_id)
    possible = Territory.objects.filter(is_active=True)
    places = territories(actor.user, *roles) if actor.user is not None else None
    if places:
        possible = possible.filter(pk__in=places)
    candidates = list(possible[:2])
    if len(candidates) != 1:
        raise Invalid("territory_required", "Say in which territory it is.", field="territory_id")
    return candidates[0]
