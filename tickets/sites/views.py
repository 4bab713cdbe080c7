"""HTTP: sites, service accounts, assets. Nothing is deleted, as tickets refer to it."""

from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from sync.http import actor_of, perform
from tickets.audiences import ForViewer
from tickets.complaints.services import move_site
from tickets.sites import access, services
from tickets.sites.filters import AccountFilter, AssetFilter, SiteFilter
from tickets.sites.models import Asset, ServiceAccount, Site
from tickets.sites.selectors import with_swaps
from tickets.sites.serializers import (
    AccountOutput,
    AddAccountInput,
    AddAssetInput,
    AddSiteInput,
    AssetOutput,
    EditAccountInput,
    EditAssetInput,
    EditSiteInput,
    MoveSiteInput,
    SiteOutput,
)


@extend_schema(tags=["sites"])
class SiteViewSet(ForViewer, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Site]):
    """Where the service is needed."""

    queryset = Site.objects.none()
    serializer_class = SiteOutput
    lookup_url_kwarg = "site_id"
    filterset_class = SiteFilter
    search_fields = ["name", "complex", "address"]
    ordering = ["-id"]
    ordering_fields = ["complex", "address"]

    def get_queryset(self) -> QuerySet[Site]:
        return access.visible_sites(actor_of(self.request).user)

    @extend_schema(operation_id="sites_create", request=AddSiteInput, responses={201: SiteOutput})
    def create(self, request: Request) -> Response:
        """Enter a site before anybody complained about it. For the desk."""
        site = perform(request, AddSiteInput, services.add_site)
        return Response(self.get_serializer(site).data, status.HTTP_201_CREATED)

    @extend_schema(operation_id="sites_edit", request=EditSiteInput, responses=SiteOutput)
    def partial_update(self, request: Request, site_id: UUID) -> Response:
        """Correct what is known of a site. For the desk."""
        site = perform(request, EditSiteInput, services.edit_site, site_id=site_id)
        return Response(self.get_serializer(site).data)

    @extend_schema(operation_id="sites_move", request=MoveSiteInput, responses=SiteOutput)
    def move(self, request: Request, site_id: UUID) -> Response:
        """Another territory looks after it, with all its tickets. For dispatchers and supervisors of both."""
        moved = perform(request, MoveSiteInput, move_site, site_id=site_id)
        return Response(self.get_serializer(moved).data)


@extend_schema(tags=["sites"])
class AccountViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[ServiceAccount]):
    """Customers' contracts."""

    queryset = ServiceAccount.objects.none()
    serializer_class = AccountOutput
    lookup_url_kwarg = "account_id"
    filterset_class = AccountFilter
    search_fields = ["number", "holder_name"]
    contact_search_fields = ["phone"]
    ordering = ["-id"]
    ordering_fields = ["number"]

    def get_queryset(self) -> QuerySet[ServiceAccount]:
        return access.visible_accounts(actor_of(self.request).user)

    @extend_schema(operation_id="service_accounts_create", request=AddAccountInput, responses={201: AccountOutput})
    def create(self, request: Request) -> Response:
        """Enter a customer's contract. For the desk."""
        account = perform(request, AddAccountInput, services.add_account)
        return Response(self.get_serializer(account).data, status.HTTP_201_CREATED)

    @extend_schema(operation_id="service_accounts_edit", request=EditAccountInput, responses=AccountOutput)
    def partial_update(self, request: Request, account_id: UUID) -> Response:
        """Correct a contract. For the desk."""
        account = perform(request, EditAccountInput, services.edit_account, account_id=account_id)
        return Response(self.get_serializer(account).data)


@extend_schema(tags=["sites"])
class AssetViewSet(ForViewer, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Asset]):
    """Equipment at sites."""

    queryset = Asset.objects.none()
    serializer_class = AssetOutput
    lookup_url_kwarg = "asset_id"
    filterset_class = AssetFilter
    search_fields = ["kind", "model", "serial"]
    ordering = ["-id"]
    ordering_fields = ["kind", "model", "serial"]

    def get_queryset(self) -> QuerySet[Asset]:
        return with_swaps(access.visible_assets(actor_of(self.request).user))

    @extend_schema(operation_id="assets_create", request=AddAssetInput, responses={201: AssetOutput})
    def create(self, request: Request) -> Response:
        """Enter a piece of equipment. For the desk."""
        asset = perform(request, AddAssetInput, services.add_asset)
        return Response(self.get_serializer(asset).data, status.HTTP_201_CREATED)

    @extend_schema(operation_id="assets_edit", request=EditAssetInput, responses=AssetOutput)
    def partial_update(self, request: Request, asset_id: UUID) -> Response:
        """Correct what is known of a piece of equipment. For the desk."""
        asset = perform(request, EditAssetInput, services.edit_asset, asset_id=asset_id)
        return Response(self.get_serializer(asset).data)
