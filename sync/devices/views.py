from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from fieldsvc.errors import must_exist
from fieldsvc.time import now
from sync import registry
from sync.devices import access, selectors, services
from sync.devices.filters import DeviceFilter
from sync.devices.models import Device
from sync.feed.models import FeedScope
from sync.http import actor_of
from sync.operations.serializers import PendingInput


class DeviceInput(serializers.Serializer[Any]):
    """A phone that introduces itself; the app makes the id."""

    id = serializers.UUIDField()
    name = serializers.CharField(required=False, allow_blank=True, max_length=100)
    platform = serializers.CharField(required=False, allow_blank=True, max_length=50)
    app_version = serializers.CharField(required=False, allow_blank=True, max_length=50)
    schema = serializers.IntegerField(required=False, min_value=1, max_value=1_000_000)
    pending = PendingInput(required=False, allow_null=True)


class NewDeviceOutput(serializers.ModelSerializer[Device]):
    """A device as its owner signs in on it."""

    class Meta:
        model = Device
        fields = ["id", "user", "name", "platform", "app_version", "schema", "created_at"]
        read_only_fields = fields


class DeviceOutput(serializers.ModelSerializer[Device]):
    """A device, when it was last heard of, what it has not sent, and what of it waits for somebody."""

    user_name = serializers.CharField(source="user.__str__", help_text="Whose it is, as people know them.")
    refused = serializers.IntegerField()
    blocked = serializers.IntegerField()
    open_conflicts = serializers.IntegerField()

    class Meta:
        model = Device
        fields = [
            "id",
            "user",
            "user_name",
            "name",
            "platform",
            "app_version",
            "schema",
            "created_at",
            "last_contact_at",
            "last_push_at",
            "last_pull_at",
            "pending_operations",
            "pending_uploads",
            "oldest_pending_at",
            "pending_told_at",
            "skew_ms",
            "refused",
            "blocked",
            "open_conflicts",
            "cut_off_at",
            "wipe_told_at",
        ]
        read_only_fields = fields


class LatelyOutput(serializers.Serializer[Any]):
    """The operations of the last seven days, and how many of them have which flag."""

    operations = serializers.IntegerField()
    late = serializers.IntegerField()
    bulk = serializers.IntegerField()
    clock_corrected = serializers.IntegerField()
    in_future = serializers.IntegerField()
    longest_delay_s = serializers.IntegerField(allow_null=True, help_text="From when it happened to its receipt.")


class ScopeOutput(serializers.Serializer[Any]):
    """A scope of the feed, and how much of it is to be carried. Above the budget a phone may become slow."""

    name = serializers.CharField()
    documents = serializers.IntegerField()
    bytes = serializers.IntegerField(help_text="Before compression.")
    above_budget = serializers.SerializerMethodField()

    def get_above_budget(self, scope: FeedScope) -> bool:
        return scope.documents > registry.number("BUDGET")


class DeviceDetailOutput(DeviceOutput):
    """A device, how its operations came lately, and what its owner carries."""

    lately = serializers.SerializerMethodField()
    scopes = serializers.SerializerMethodField()

    class Meta(DeviceOutput.Meta):
        fields = [*DeviceOutput.Meta.fields, "lately", "scopes"]
        read_only_fields = fields

    @extend_schema_field(LatelyOutput)
    def get_lately(self, device: Device) -> dict[str, Any]:
        return selectors.lately(device)

    @extend_schema_field(ScopeOutput(many=True))
    def get_scopes(self, device: Device) -> Any:
        return ScopeOutput(selectors.scopes_of(device), many=True).data


class TeamHealthOutput(serializers.Serializer[Any]):
    """The devices of one team that were not cut off. `silent`: not heard of for a day; `skewed`: by two minutes."""

    id = serializers.UUIDField(allow_null=True)
    name = serializers.CharField()
    devices = serializers.IntegerField()
    silent = serializers.IntegerField()
    skewed = serializers.IntegerField()
    pending_operations = serializers.IntegerField()
    pending_uploads = serializers.IntegerField()
    refused = serializers.IntegerField()
    blocked = serializers.IntegerField()
    open_conflicts = serializers.IntegerField()


class HealthOutput(serializers.Serializer[Any]):
    """By team, those of the people whom one looks after; and what is too much for a phone."""

    teams = TeamHealthOutput(many=True)
    scopes_above_budget = ScopeOutput(many=True)


class DeviceViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[Device]):
    """One's own devices, and those of the people whom one looks after."""

    serializer_class = DeviceOutput
    queryset = Device.objects.none()
    lookup_value_converter = "uuid"
    filterset_class = DeviceFilter
    ordering = ["-created_at", "-id"]
    ordering_fields = ["created_at", "last_contact_at", "last_pull_at", "oldest_pending_at"]

    def get_queryset(self) -> QuerySet[Device]:
        return selectors.with_waiting(access.visible_devices(actor_of(self.request)).select_related("user"))

    def _shown(self, device: Device) -> Response:
        return Response(DeviceOutput(selectors.with_waiting(Device.objects.filter(pk=device.pk)).get()).data)

    @extend_schema(operation_id="sync_devices_list", tags=["sync"])
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Devices with their last contact and clock skew."""
        return super().list(request, *args, **kwargs)

    @extend_schema(operation_id="sync_devices_show", tags=["sync"], responses=DeviceDetailOutput)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """One device, and how its operations came in the last seven days."""
        device = must_exist(self.get_queryset().filter(pk=pk).first())
        return Response(DeviceDetailOutput(device).data)

    @extend_schema(operation_id="sync_devices_health", tags=["sync"], responses=HealthOutput, filters=False)
    @action(detail=False, methods=["get"], pagination_class=None)
    def health(self, request: Request) -> Response:
        """How the devices of one's people are, team by team, and which scopes are above the budget."""
        found = {
            "teams": selectors.health_by_team(request.user),
            "scopes_above_budget": selectors.scopes_above_budget(request.user),
        }
        return Response(HealthOutput(found).data)

    @extend_schema(operation_id="sync_devices_register", tags=["sync"], request=DeviceInput, responses=DeviceOutput)
    def create(self, request: Request) -> Response:
        """Introduce this phone, or tell its new app version, and what it has still to send."""
        form = DeviceInput(data=request.data)
        form.is_valid(raise_exception=True)
        told = dict(form.validated_data)
        device = services.register_device(user=request.user, device_id=told.pop("id"), **told)
        return self._shown(device)

    @extend_schema(operation_id="sync_devices_cut_off", tags=["sync"], request=None, responses=DeviceOutput)
    @action(detail=True, methods=["post"], url_path="cut-off")
    def cut_off(self, request: Request, pk: UUID) -> Response:
        """The phone is lost: its next contact tells it to wipe itself, and it gets nothing else."""
        device = services.cut_off_device(actor=actor_of(request), occurred_at=now(), device_id=pk)
        return self._shown(device)
