from django.apps import AppConfig
from django.core.checks import register

from notifications.checks import check_escalation, check_push, check_sms_gateway


class NotificationsConfig(AppConfig):
    name = "notifications"
    verbose_name = "Notifications"

    def ready(self) -> None:
        register(check_escalation)
        register(check_push, deploy=True)
        register(check_sms_gateway, deploy=True)
