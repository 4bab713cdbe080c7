"""What is promised when nobody has configured anything else: the rules of the trade, as a table."""

from datetime import timedelta

from django.db import transaction

from tickets.clock.models import PolicyTarget, SlaPolicy, Target
from tickets.complaints.models import Ticket

STANDARD = "standard"
"""The code of the policy for service types that name none."""

NEVER: list[str] = []
WHAT_WE_WAIT_FOR: list[str] = sorted(Ticket.PAUSING)

# target, aimed at, never more than, hold reasons that stop the clock; all in elapsed time, by day and night
PROMISES: tuple[tuple[Target, timedelta, timedelta, list[str]], ...] = (
    # "All of them, no exceptions": nothing stops this clock.
    (Target.FIRST_REPLY, timedelta(hours=24), timedelta(hours=48), NEVER),
    (Target.ON_SITE, timedelta(hours=24), timedelta(hours=48), WHAT_WE_WAIT_FOR),
    (Target.CALLBACK, timedelta(minutes=30), timedelta(minutes=30), NEVER),
    (Target.RESULT_TOLD, timedelta(hours=1), timedelta(hours=1), NEVER),
)


@transaction.atomic
def ensure_default_policy() -> SlaPolicy:
    """The standard policy; made from the table when there is none, else left as the administrators have it."""
    policy, made = SlaPolicy.objects.get_or_create(code=STANDARD, defaults={"name": "Standard", "name_zh": "标准"})
    if made:
        PolicyTarget.objects.bulk_create(
            PolicyTarget(
                policy=policy,
                target=target,
                target_duration=target_duration,
                limit_duration=limit_duration,
                pausing_reasons=reasons,
            )
            for target, target_duration, limit_duration, reasons in PROMISES
        )
    return policy
