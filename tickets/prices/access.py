"""From an id to a row of the price list that this person may see or change."""

from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.models import User
from accounts.people.access import require_administrator, territories
from accounts.people.models import STAFF
from fieldsvc.errors import NotFound
from sync.commands import Actor
from tickets.prices.models import Price, PriceItem


def visible_items(user: User) -> QuerySet[PriceItem]:
    """All of them for everybody who works here. Customers are shown quotes."""
    return PriceItem.objects.all() if user.works_here else PriceItem.objects.none()


def visible_prices(user: User) -> QuerySet[Price]:
    """For those who work here: the prices of their territories, and those that hold everywhere."""
    if not user.works_here:
        return Price.objects.none()
    places = territories(user, *STAFF)
    return Price.objects.all() if places is None else Price.objects.filter(Q(territory=None) | Q(territory__in=places))


def item_to_change(actor: Actor, item_id: UUID) -> PriceItem:
    """Locked, for administrators of everything. Raises NotFound, or Forbidden("role_required") for other staff."""
    items = PriceItem.objects.all() if actor.user is None else visible_items(actor.user)
    if not items.filter(pk=item_id).exists():
        raise NotFound()
    require_administrator(actor)
    return PriceItem.objects.select_for_update().get(pk=item_id)


def price_to_change(actor: Actor, price_id: UUID) -> Price:
    """Locked, for administrators of everything. Raises NotFound, or Forbidden("role_required") for other staff."""
    prices = Price.objects.all() if actor.user is None else visible_prices(actor.user)
    if not prices.filter(pk=price_id).exists():
        raise NotFound()
    require_administrator(actor)
    return Price.objects.select_for_update(of=("self",)).get(pk=price_id)


def price_scopes(user: User) -> list[str]:
    """The scopes of the feed that hold the price lists of the territories where this person works."""
    places = territories(user, *STAFF)
    if places is None:
        places = frozenset(Price.objects.filter(territory__isnull=False).values_list("territory_id", flat=True))
    return [f"prices:{place}" for place in sorted(places)]
