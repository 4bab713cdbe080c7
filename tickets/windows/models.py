"""Windows on offer, and those that were chosen."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models import Territory
from sync.ids import uuid7
from tickets.complaints.models import Ticket


class OfferedWindow(models.Model):
    """Hours of a weekday in which residents of a territory may have somebody come, by its wall clock."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    territory = models.ForeignKey(Territory, on_delete=models.CASCADE, related_name="+")
    weekday = models.PositiveSmallIntegerField(help_text="0 is Monday, 6 is Sunday.")
    opens = models.TimeField()
    closes = models.TimeField()

    class Meta:
        ordering = ["territory", "weekday", "opens"]
        constraints = [
            models.UniqueConstraint(fields=["territory", "weekday", "opens", "closes"], name="window_is_offered_once"),
            models.CheckConstraint(condition=Q(weekday__range=(0, 6)), name="offered_window_is_on_a_weekday"),
            models.CheckConstraint(
                condition=Q(closes__gt=F("opens")),
                name="offered_window_closes_after_it_opens",
                violation_error_message="Let it close after it opens.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.weekday} {self.opens:%H:%M}-{self.closes:%H:%M}"


class ChosenWindow(models.Model):
    """What a resident has chosen for a ticket to which nobody is planned yet: the desk plans by it."""

    ticket = models.OneToOneField(Ticket, on_delete=models.CASCADE, primary_key=True, related_name="chosen_window")
    window_start = models.DateTimeField()
    window_end = models.DateTimeField()
    chosen_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    chosen_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index("window_start", name="chosen_windows_by_start")]

    def __str__(self) -> str:
        return f"{self.window_start:%Y-%m-%d %H:%M}"
