"""All models of the app, gathered for Django. Each concept defines its own."""

from notifications.choices.models import HeldNotice, NoticeChoices
from notifications.escalations.models import Escalation, EscalationPlan
from notifications.messages.models import Message
from notifications.notices.models import Notice
from notifications.push.models import PushSubscription

__all__ = ["Escalation", "EscalationPlan", "HeldNotice", "Message", "Notice", "NoticeChoices", "PushSubscription"]
