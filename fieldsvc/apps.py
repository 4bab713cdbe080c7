from typing import Any

from django.apps import AppConfig
from django.db.backends.signals import connection_created

from fieldsvc.moments import register


class FieldsvcConfig(AppConfig):
    """The project itself: its commands and its wiring."""

    name = "fieldsvc"
    verbose_name = "fieldsvc"

    def ready(self) -> None:
        connection_created.connect(_read_moments_quickly, dispatch_uid="moments")


def _read_moments_quickly(connection: Any, **_: Any) -> None:
    register(connection.connection)
