"""From the id of a person, an account or a site to the customer whom a desk may see."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.models import User
from fieldsvc.errors import NotFound
from sync.commands import Actor
from tickets.callbacks.access import visible_callbacks
from tickets.callbacks.models import Callback
from tickets.callers import access
from tickets.calls.access import visible_calls
from tickets.calls.models import Call
from tickets.complaints.models import Ticket
from tickets.sites.models import Asset, ServiceAccount, Site, bound_by


@dataclass(frozen=True, slots=True)
class Customer:
    """What is theirs, as far as this desk may see it."""

    people: QuerySet[User]
    sites: QuerySet[Site]
    accounts: QuerySet[ServiceAccount]
    assets: QuerySet[Asset]
    tickets: QuerySet[Ticket]
    calls: QuerySet[Call]
    callbacks: QuerySet[Callback]


def customer_by_person(actor: Actor, person_id: UUID) -> Customer:
    """A registered resident: the contracts that they have bound, their own complaints.

    Raises NotFound, Forbidden("role_required").
    """
    user = access.desk_of(actor)
    people = access.residents().filter(pk=person_id)
    _must_exist(people)
    known = access.accounts(user).filter(bound_by(person_id)).values_list("pk", "site")
    account_ids, site_ids = {account for account, _ in known}, {site for _, site in known}
    accounts = access.accounts(user).filter(pk__in=account_ids)
    tickets = access.tickets(user).filter(Q(resident=person_id) | Q(account__in=account_ids))
    places = Q(pk__in=site_ids | set(tickets.order_by().values_list("site", flat=True)))
    conditions = [Q(resident=person_id), Q(account__in=account_ids)]
    return Customer(
        people=people,
        sites=access.sites(user).filter(places),
        accounts=accounts,
        assets=access.assets(user).filter(account__in=account_ids),
        tickets=tickets,
        calls=_calls(actor, tickets, *conditions),
        callbacks=_callbacks(actor, tickets, *conditions),
    )


def customer_by_account(actor: Actor, account_id: UUID) -> Customer:
    """A contract, whether anybody has bound it or not. Raises NotFound, Forbidden("role_required")."""
    user = access.desk_of(actor)
    accounts = access.accounts(user).filter(pk=account_id)
    _must_exist(accounts)
    tickets = access.tickets(user).filter(account=account_id)
    return Customer(
        people=access.residents().filter(pk__in=_who_bound(accounts)),
        sites=access.sites(user).filter(pk__in=accounts.values("site")),
        accounts=accounts,
        assets=access.assets(user).filter(account=account_id),
        tickets=tickets,
        calls=_calls(actor, tickets, Q(account=account_id)),
        callbacks=_callbacks(actor, tickets, Q(account=account_id)),
    )


def customer_by_site(actor: Actor, site_id: UUID) -> Customer:
    """All who have to do with a place. Raises NotFound, Forbidden("role_required")."""
    user = access.desk_of(actor)
    sites = access.sites(user).filter(pk=site_id)
    _must_exist(sites)
    accounts = access.accounts(user).filter(site=site_id)
    tickets = access.tickets(user).filter(site=site_id)
    complained = set(tickets.order_by().values_list("resident", flat=True))
    return Customer(
        people=access.residents().filter(pk__in=_who_bound(accounts) | complained),
        sites=sites,
        accounts=accounts,
        assets=access.assets(user).filter(site=site_id),
        tickets=tickets,
        calls=_calls(actor, tickets, Q(site=site_id)),
        callbacks=_callbacks(actor, tickets, Q(site=site_id)),
    )


def _who_bound(accounts: QuerySet[ServiceAccount]) -> set[UUID]:
    """Who hold one of these accounts, or are of its household.

    Read beforehand, as other ids are here: for "one of these or one of those" PostgreSQL uses its indexes only when it
    knows them, and else reads all that there are.
    """
    return {person for account in accounts.only("holder", "household") for person in account.residents}


def _calls(actor: Actor, tickets: QuerySet[Ticket], *theirs: Q) -> QuerySet[Call]:
    """Their calls and those about their tickets, as they were corrected."""
    return visible_calls(actor).filter(pk__in=_found(tickets, theirs), corrected_by=None)


def _callbacks(actor: Actor, tickets: QuerySet[Ticket], *theirs: Q) -> QuerySet[Callback]:
    """What they were promised on the phone and have not heard yet, in such a call or about their tickets."""
    callbacks = visible_callbacks(actor).filter(state=Callback.State.OPEN)
    return callbacks.filter(Q(call__in=_found(tickets, theirs)) | Q(ticket__in=tickets.order_by().values("pk")))


def _found(tickets: QuerySet[Ticket], theirs: Sequence[Q]) -> QuerySet[Call, Any]:
    """Each condition has an index of its own."""
    calls = Call.objects.order_by().values("pk")
    about = calls.filter(ticket__in=tickets.order_by().values("pk"))
    return about.union(*(calls.filter(condition) for condition in theirs))


def _must_exist(rows: QuerySet[Any]) -> None:
    if not rows.exists():
        raise NotFound()
