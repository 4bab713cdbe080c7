"""HTTP: what residents do with their service accounts, and the desk for them."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from fieldsvc.time import now
from sync.http import actor_of, perform
from sync.serializing import Form
from tickets.households import access, services
from tickets.households import serializers as forms
from tickets.households.models import AccountEvent, AccountOffer
from tickets.sites.models import ServiceAccount
from tickets.sites.serializers import AccountOutput


class BindingCodeView(APIView):
    @extend_schema(
        operation_id="service_accounts_bind_code",
        tags=["self-service"],
        request=forms.RequestBindingCodeInput,
        responses={202: forms.BindingCodeRequestedOutput},
    )
    def post(self, request: Request) -> Response:
        """Have a code sent to the phone on record of an account. The answer is the same for every number."""
        perform(request, forms.RequestBindingCodeInput, services.request_binding_code)
        return Response(forms.BindingCodeRequestedOutput({}).data, status.HTTP_202_ACCEPTED)


class BindingView(APIView):
    @extend_schema(
        operation_id="service_accounts_bind",
        tags=["self-service"],
        request=forms.BindAccountInput,
        responses=AccountOutput,
    )
    def post(self, request: Request) -> Response:
        """Bind the account with the code: as its holder, or as one of the household where it has a holder."""
        account = perform(request, forms.BindAccountInput, services.bind_account)
        return Response(AccountOutput(account, context={"viewer": request.user}).data)


@extend_schema(tags=["self-service"])
class AccountView(viewsets.GenericViewSet[AccountEvent]):
    """One service account."""

    queryset = AccountEvent.objects.none()
    serializer_class = forms.AccountEventOutput
    filter_backends = (DjangoFilterBackend,)
    ordering = ["-occurred_at"]
    ordering_fields = ["occurred_at"]

    def get_queryset(self) -> QuerySet[AccountEvent]:
        found = access.events_of(actor_of(self.request), self.kwargs["account_id"])
        return found.select_related("person", "actor", "on_behalf_of")

    @extend_schema(operation_id="service_accounts_bind_by_desk", request=forms.BindByDeskInput, responses=AccountOutput)
    def bind_by_desk(self, request: Request, account_id: UUID) -> Response:
        """Bind it for a resident who has answered our questions. For those who answer callers."""
        return self._answer(request, forms.BindByDeskInput, services.bind_by_desk, account_id)

    @extend_schema(operation_id="service_accounts_household", responses=forms.HouseholdOutput)
    def household(self, request: Request, account_id: UUID) -> Response:
        """Who has bound it. For the desk, and for those who have."""
        account = access.account_to_see(actor_of(request), account_id)
        people = {person.pk: person for person in User.objects.filter(pk__in=account.residents)}
        members = [people[person_id] for person_id in account.household]
        holder = people.get(account.holder_id) if account.holder_id else None
        return Response(forms.HouseholdOutput({"holder": holder, "members": members}).data)

    @extend_schema(operation_id="service_accounts_leave", request=forms.LeaveInput, responses=AccountOutput)
    def leave(self, request: Request, account_id: UUID) -> Response:
        """Give it up; or, as its holder or the desk, remove somebody."""
        return self._answer(request, forms.LeaveInput, services.leave_account, account_id)

    @extend_schema(operation_id="service_accounts_move", request=forms.MoveAccountInput, responses=AccountOutput)
    def move(self, request: Request, account_id: UUID) -> Response:
        """Move house. Open tickets and equipment stay behind unless they are named. For its holder and the desk."""
        return self._answer(request, forms.MoveAccountInput, services.move_account, account_id)

    @extend_schema(
        operation_id="service_accounts_offer", request=forms.OfferAccountInput, responses={201: forms.OfferOutput}
    )
    def offer(self, request: Request, account_id: UUID) -> Response:
        """Offer it to whoever signs in with this phone. For its holder."""
        offer = perform(request, forms.OfferAccountInput, services.offer_account, account_id=account_id)
        return Response(forms.OfferOutput(offer).data, status.HTTP_201_CREATED)

    @extend_schema(
        operation_id="service_accounts_hand_over", request=forms.HandOverByDeskInput, responses=AccountOutput
    )
    def hand_over(self, request: Request, account_id: UUID) -> Response:
        """Enter another holder, after checks. For those who answer callers."""
        return self._answer(request, forms.HandOverByDeskInput, services.hand_over_by_desk, account_id)

    @extend_schema(operation_id="service_accounts_history", responses=forms.AccountEventOutput(many=True))
    def history(self, request: Request, account_id: UUID) -> Response:
        """Who bound it, moved with it, handed it over, and how. For the desk."""
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def _answer(
        self, request: Request, form: type[Form], command: Callable[..., ServiceAccount], account_id: UUID
    ) -> Response:
        account = perform(request, form, command, account_id=account_id)
        return Response(AccountOutput(account, context={"viewer": request.user}).data)


@extend_schema(tags=["self-service"])
class OfferViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[AccountOffer]):
    """Accounts that somebody is to take over: those that one has offered, and those that one was offered."""

    queryset = AccountOffer.objects.none()
    serializer_class = forms.OfferOutput
    filter_backends = (DjangoFilterBackend,)
    filterset_fields = ["status"]
    ordering = ["-offered_at"]
    ordering_fields = ["offered_at"]

    def get_queryset(self) -> QuerySet[AccountOffer]:
        user = actor_of(self.request).user
        return access.visible_offers(user).select_related("account", "offered_by")

    @extend_schema(operation_id="account_offers_accept", request=None, responses=forms.OfferOutput)
    def accept(self, request: Request, offer_id: UUID) -> Response:
        """Take the account over."""
        return self._answer(services.accept_offer, request, offer_id)

    @extend_schema(operation_id="account_offers_decline", request=None, responses=forms.OfferOutput)
    def decline(self, request: Request, offer_id: UUID) -> Response:
        """Do not take it."""
        return self._answer(services.decline_offer, request, offer_id)

    @extend_schema(operation_id="account_offers_withdraw", request=None, responses=forms.OfferOutput)
    def withdraw(self, request: Request, offer_id: UUID) -> Response:
        """Keep it after all."""
        return self._answer(services.withdraw_offer, request, offer_id)

    def _answer(self, command: Any, request: Request, offer_id: UUID) -> Response:
        offer = command(actor=actor_of(request), occurred_at=now(), offer_id=offer_id)
        return Response(forms.OfferOutput(offer).data)
