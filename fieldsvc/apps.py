from django.apps import AppConfig
from django.db.backends.signals import connection_created

from fieldsvc.lookups import send_ids_as_arrays
from fieldsvc.moments import read_moments_quickly


class FieldsvcConfig(AppConfig):
    """The project itself: its commands and its wiring."""

    name = "fieldsvc"
    verbose_name = "fieldsvc"

    def ready(self) -> None:
        connection_created.connect(read_moments_quickly, dispatch_uid="moments")
        send_ids_as_arrays()
