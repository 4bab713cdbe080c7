from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from fieldsvc.time import now
from sync.devices import access, services
from sync.devices.filters import DeviceFilter
from sync.devices.models import Device
from sync.http import actor_of


class DeviceInput(serializers.Serializer[Any]):
    """A phone that introduces itself; the app makes the id."""

    id = serializers.UUIDField()
    name = serializers.CharField(required=False, allow_blank=True, max_length=100)
    platform = serializers.CharField(required=False, allow_blank=True, max_length=50)
    app_version = serializers.CharField(required=False, allow_blank=True, max_length=50)


class DeviceOutput(serializers.ModelSerializer[Device]):
    """A device, and when it was last heard of."""

    class Meta:
        model = Device
        fields = [
            "id",
            "user",
            "name",
            "platform",
            "app_version",
            "schema",
            "last_contact_at",
            "skew_ms",
            "cut_off_at",
            "wipe_told_at",
        ]
        read_only_fields = fields


class DeviceViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[Device]):
    """One's own devices, and those of the people whom one looks after."""

    serializer_class = DeviceOutput
    queryset = Device.objects.none()
    lookup_value_converter = "uuid"
    filterset_class = DeviceFilter
    ordering = ["-created_at", "-id"]

    def get_queryset(self) -> QuerySet[Device]:
        return access.visible_devices(actor_of(self.request))

    @extend_schema(operation_id="sync_devices_list", tags=["sync"])
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Devices with their last contact and clock skew."""
        return super().list(request, *args, **kwargs)

    @extend_schema(operation_id="sync_devices_register", tags=["sync"], request=DeviceInput, responses=DeviceOutput)
    def create(self, request: Request) -> Response:
        """Introduce this phone, or tell its new app version."""
        form = DeviceInput(data=request.data)
        form.is_valid(raise_exception=True)
        told = dict(form.validated_data)
        device = services.register_device(user=request.user, device_id=told.pop("id"), **told)
        return Response(DeviceOutput(device).data)

    @extend_schema(operation_id="sync_devices_cut_off", tags=["sync"], request=None, responses=DeviceOutput)
    @action(detail=True, methods=["post"], url_path="cut-off")
    def cut_off(self, request: Request, pk: UUID) -> Response:
        """The phone is lost: its next contact tells it to wipe itself, and it gets nothing else."""
        device = services.cut_off_device(actor=actor_of(request), occurred_at=now(), device_id=pk)
        return Response(DeviceOutput(device).data)
