"""From the id of an account, or of an offer, to the one that this person may do something with."""

from collections.abc import Collection
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.models import DESK, User
from accounts.people.access import territories
from fieldsvc.errors import Forbidden, must_exist
from sync.commands import Actor
from sync.rows import locked
from tickets.households.models import AccountEvent, AccountOffer
from tickets.sites.access import WRITERS, account_to_change, visible_accounts
from tickets.sites.models import ServiceAccount


def account_to_see(actor: Actor, account_id: UUID) -> ServiceAccount:
    """For whoever keeps its record, and those who have bound it.

    Raises NotFound, Forbidden("not_your_account") for technicians.
    """
    account = must_exist(visible_accounts(actor.user).select_related("site").filter(pk=account_id).first())
    if actor.user.pk not in account.residents and not _is_of(actor, account, WRITERS):
        raise Forbidden("not_your_account", "This is for the desk, and for those who have bound the account.")
    return account


def account_of_holder(actor: Actor, account_id: UUID) -> ServiceAccount:
    """Locked, for its holder, and for the desk, which does what the customer says on the phone.

    Raises NotFound, Forbidden("not_your_account") for those who may only see it.
    """
    account = account_of_household(actor, account_id)
    if actor.user.pk != account.holder_id and not at_desk(actor, account):
        raise Forbidden("not_your_account", "Only its holder can do that. Ask them, or the desk.")
    return account


def account_of_household(actor: Actor, account_id: UUID) -> ServiceAccount:
    """Locked, for all who have bound it, and for the desk. Raises NotFound, Forbidden("not_your_account")."""
    account_to_see(actor, account_id)
    account = locked(ServiceAccount.objects.select_related("site__territory").filter(pk=account_id)).get()
    if actor.user.pk not in account.residents and not at_desk(actor, account):
        raise Forbidden("not_your_account", "Those who have bound it do that, or whoever answers callers.")
    return account


def account_of_desk(actor: Actor, account_id: UUID) -> ServiceAccount:
    """Locked, for those who answer callers. Raises NotFound, Forbidden("role_required")."""
    account = account_to_change(actor, account_id)
    if not at_desk(actor, account):
        raise Forbidden("role_required", "Ask somebody who answers callers.", roles=sorted(DESK))
    return account


def at_desk(actor: Actor, account: ServiceAccount) -> bool:
    """Whether the actor answers the callers of its territory."""
    return _is_of(actor, account, DESK)


def _is_of(actor: Actor, account: ServiceAccount, roles: Collection[str]) -> bool:
    places = territories(actor.user, *roles)
    return places is None or account.site.territory_id in places


def events_of(actor: Actor, account_id: UUID) -> QuerySet[AccountEvent]:
    """What happened to an account. Raises NotFound, Forbidden("role_required") for those who do not keep the record."""
    account = must_exist(visible_accounts(actor.user).select_related("site").filter(pk=account_id).first())
    if not _is_of(actor, account, WRITERS):
        raise Forbidden("role_required", "Ask the desk.", roles=sorted(WRITERS))
    return AccountEvent.objects.filter(account=account)


def visible_offers(user: User) -> QuerySet[AccountOffer]:
    """Those that this person has made, and those that were made to their phone."""
    return AccountOffer.objects.filter(Q(offered_by=user) | (Q(phone=user.phone) if user.phone else Q(pk=None)))


def offer_to_decide(actor: Actor, offer_id: UUID) -> AccountOffer:
    """Locked, with its account, for whoever made it or was made it. Raises NotFound."""
    seen = must_exist(visible_offers(actor.user).filter(pk=offer_id).values_list("account", flat=True).first())
    locked(ServiceAccount.objects.filter(pk=seen))  # accounts first, as everywhere
    shown = AccountOffer.objects.select_related("account__site__territory", "account__holder", "offered_by")
    return locked(shown.filter(pk=offer_id)).get()
