"""A contract ends: its holder hears of it in time to go on with it."""

from datetime import datetime

from django.conf import settings
from django.db.models import OuterRef

from notifications.services import notify
from sync.commands import Actor, command
from tickets.reminders.models import ContractReminder
from tickets.reminders.timing import BATCH, last_reminder, to_remind_of
from tickets.sites.models import ServiceAccount


@command
def remind_of_contracts(*, actor: Actor, occurred_at: datetime) -> int:
    """Remind holders of contracts that are about to end. Returns of how many: none when all is done.

    Each reminder of `CONTRACT_REMINDER_DAYS` once for each last day: a contract that goes on has another one.
    """
    days = settings.CONTRACT_REMINDER_DAYS
    sent = ContractReminder.objects.filter(account=OuterRef("pk"), contract_until=OuterRef("contract_until"))
    due = to_remind_of(
        "contract_until", days, zone="site__territory__time_zone", sent=sent, at=occurred_at, announcing=True
    )
    ending = ServiceAccount.objects.filter(due, holder__is_active=True).order_by("contract_until", "pk")
    shown = ending.select_related("holder", "site__territory")
    reminders = [
        ContractReminder(  # type: ignore[misc]  # accounts without a last day are never due
            account=account,
            contract_until=account.contract_until,
            days=last_reminder(
                days,
                of=account.contract_until,  # type: ignore[arg-type]
                there=account.site.territory,
                at=occurred_at,
            ),
            reminded_at=occurred_at,
        )
        for account in shown.select_for_update(of=("self",), skip_locked=True)[:BATCH]
    ]
    ContractReminder.objects.bulk_create(reminders, ignore_conflicts=True)
    for reminder in reminders:
        _tell(reminder, actor=actor)
    return len(reminders)


def _tell(reminder: ContractReminder, *, actor: Actor) -> None:
    account, until = reminder.account, reminder.contract_until.isoformat()
    notify(
        actor=actor,
        to=[account.holder],
        kind="contract_ending",
        subject=("sites", account.site_id),
        text={"number": account.number, "contract_until": until},
        territory_id=account.site.territory_id,
        dedupe_key=f"contract_ending:{account.pk}:{until}:{reminder.days}",
    )
