from django.apps import AppConfig


class FieldsvcConfig(AppConfig):
    """The project itself: its commands and its wiring."""

    name = "fieldsvc"
    verbose_name = "fieldsvc"
