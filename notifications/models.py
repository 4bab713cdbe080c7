"""All models of the app, gathered for Django. Each concept defines its own."""

from notifications.escalations.models import Escalation, EscalationPlan
from notifications.messages.models import Message
from notifications.notices.models import Notice
from notifications.push.models import PushSubscription

__all__ = ["Escalation", "EscalationPlan", "Message", "Notice", "PushSubscription"]
