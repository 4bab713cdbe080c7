from django.apps import AppConfig
from django.core.checks import register

from notifications.gateways.checks import check_sms_gateway


class NotificationsConfig(AppConfig):
    name = "notifications"
    verbose_name = "Notifications"

    def ready(self) -> None:
        register(check_sms_gateway, deploy=True)
