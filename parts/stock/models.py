"""The ledger. Movements are the books; balances and serial positions are what PostgreSQL derives from them."""

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from parts.catalogue.models import Part
from parts.locations.models import Location
from parts.stock.guards import count_movement, derived_only, not_emptied, use_up_allocation
from sync.feed.marks import feed_marks
from sync.ids import uuid7


class Condition(models.TextChoices):
    """Whether a part can be fitted. A serial or a heap of parts in both conditions is two balances."""

    GOOD = "good"
    FAULTY = "faulty"


class StockMovement(models.Model):
    """So much of a part went from one place to another. Written once, never changed: a mistake is reversed.

    A place that is null is the world outside: suppliers, buyers, whatever the books do not follow. `quantity` is in
    the part's unit. `occurred_at` is when it happened, `received_at` when we heard of it.

    `serial` says which unit it was, as somebody read it. `follows_serial` says that the books believe it: the serial
    was at the one place and is now at the other. They do not for parts that are counted by quantity, nor for a
    serial which, by the books, was elsewhere at that time (that is a discrepancy).
    """

    class Reason(models.TextChoices):
        RECEIVE = "receive", "came from outside"
        MOVE = "move", "moved between our own places"
        USE = "use", "fitted at a customer's"
        RETURN = "return", "taken back from a customer"
        FOUND = "found", "was there although the books did not know"
        REVERSE = "reverse", "puts a mistaken movement right"
        MERGE = "merge", "a provisional part turned out to be another"
        SEND = "send", "left for another place of ours"
        ARRIVE = "arrive", "came in from on the way"
        REGRADE = "regrade", "turned out to be in another condition"
        COUNT = "count", "makes the books agree with a count"
        LOSS = "loss", "was written off: nobody can say where it is"

    id = models.UUIDField(primary_key=True, default=uuid7)
    # The indexes below begin with these columns, so they need none of their own.
    part = models.ForeignKey(Part, on_delete=models.PROTECT, related_name="movements", db_index=False)
    from_location = models.ForeignKey(
        Location, on_delete=models.PROTECT, null=True, blank=True, related_name="departures", db_index=False
    )
    to_location = models.ForeignKey(
        Location, on_delete=models.PROTECT, null=True, blank=True, related_name="arrivals", db_index=False
    )
    quantity = models.DecimalField(max_digits=12, decimal_places=3)
    serial = models.CharField(max_length=100, blank=True)
    follows_serial = models.BooleanField(default=False)
    condition = models.CharField(max_length=16, choices=Condition, default=Condition.GOOD)
    reason = models.CharField(max_length=16, choices=Reason)
    note = models.TextField(blank=True)
    """Why, in the words of whoever did it."""
    # Tickets stand above this app, so it keeps their ids only.
    ticket_id = models.UUIDField(null=True, blank=True)
    visit_id = models.UUIDField(null=True, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    """Null when the service itself did it."""
    on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    operation_id = models.UUIDField(null=True, blank=True)
    reverses = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="reversal")
    flags = ArrayField(models.CharField(max_length=32), default=list, blank=True)

    class Meta:
        ordering = ["-occurred_at", "-id"]
        indexes = [
            models.Index(fields=["part", "-occurred_at"], name="movements_of_a_part"),
            models.Index(fields=["from_location", "-occurred_at"], name="movements_from_a_place"),
            models.Index(fields=["to_location", "-occurred_at"], name="movements_to_a_place"),
            models.Index("serial", "part", condition=~Q(serial=""), name="movements_of_a_serial"),
            models.Index("ticket_id", condition=Q(ticket_id__isnull=False), name="movements_for_a_ticket"),
            models.Index("visit_id", condition=Q(visit_id__isnull=False), name="movements_at_a_visit"),
            models.Index(fields=["-occurred_at", "-id"], name="movements_by_time"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(from_location__isnull=False) | Q(to_location__isnull=False), name="movement_has_a_place"
            ),
            models.CheckConstraint(condition=~Q(from_location=F("to_location")), name="movement_changes_the_place"),
            # The upper bound also keeps out NaN, which PostgreSQL takes for the largest number.
            models.CheckConstraint(condition=Q(quantity__gt=0, quantity__lt=10**9), name="movement_moves_something"),
            models.CheckConstraint(
                condition=Q(follows_serial=False) | (~Q(serial="") & Q(quantity=1)), name="movement_of_one_serial"
            ),
            models.CheckConstraint(
                condition=Q(reason="reverse", reverses__isnull=False)
                | (~Q(reason="reverse") & Q(reverses__isnull=True)),
                name="movement_reverses_something",
            ),
        ]
        triggers = [
            count_movement,
            use_up_allocation,
            pgtrigger.Protect(name="movement_is_final", operation=pgtrigger.Update | pgtrigger.Delete),
            not_emptied("movements_stay"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} {self.reason}"


class StockBalance(models.Model):
    """How much of a part is at a place in one condition: the sum of its movements, kept by a trigger on them.

    The database refuses to write this table in any other way. A balance that has come down to nothing stays as a row,
    and it never falls below. Only places that are `is_limited` have balances: what is at the customers is summed up
    where somebody asks.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="balances", db_index=False)
    part = models.ForeignKey(Part, on_delete=models.PROTECT, related_name="balances")
    condition = models.CharField(max_length=16, choices=Condition)
    quantity = models.DecimalField(max_digits=12, decimal_places=3)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["location", "part", "condition"], name="one_balance_each"),
            models.CheckConstraint(condition=Q(quantity__gte=0), name="balance_not_negative"),
        ]
        triggers = [*feed_marks("stock"), derived_only("balance_is_derived"), not_emptied("balances_stay")]

    def __str__(self) -> str:
        return f"{self.quantity} {self.condition}"


class SerialPosition(models.Model):
    """Where the unit with this serial is; no location means outside. Derived like balances: one row, so one place."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    part = models.ForeignKey(Part, on_delete=models.PROTECT, related_name="serials", db_index=False)
    serial = models.CharField(max_length=100)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, null=True, related_name="serials")
    condition = models.CharField(max_length=16, choices=Condition)
    movement = models.ForeignKey(StockMovement, on_delete=models.PROTECT, related_name="+", db_index=False)
    """The movement that brought it there."""

    class Meta:
        ordering = ["part", "serial"]
        constraints = [models.UniqueConstraint(fields=["part", "serial"], name="serial_at_one_place")]
        triggers = [derived_only("serial_is_derived"), not_emptied("serials_stay")]

    def __str__(self) -> str:
        return self.serial
