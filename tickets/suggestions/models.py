"""What suggestions weigh, which kinds of service are dispatched automatically, and what came of that."""

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from sync.audit.triggers import audited
from sync.ids import uuid7
from tickets.clock.models import EVERY_TYPE, SegmentRange
from tickets.complaints.models import Ticket
from tickets.service_types.models import ServiceType
from tickets.visits.models import OF_ITS_TICKET, Visit

OBJECTIVES = ("clock", "travel", "load", "continuity", "parts")
"""What is weighed, each by the field of `SuggestionWeights` that has its name."""


def _weight(usual: int) -> models.PositiveSmallIntegerField[int, int]:
    return models.PositiveSmallIntegerField(default=usual, validators=[MaxValueValidator(100)])


class SuggestionWeights(models.Model):
    """From when until when suggestions for a service type, or for all that have none of their own, weigh what.

    Only the proportion of the weights counts. With `parts_required`, whoever has not the usual quantities of the
    likely parts in the van is not suggested at all.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    service_type = models.ForeignKey(
        ServiceType, on_delete=models.PROTECT, null=True, blank=True, related_name="+", help_text="Empty: all others."
    )
    clock = _weight(35)
    travel = _weight(25)
    load = _weight(15)
    continuity = _weight(10)
    parts = _weight(15)
    parts_required = models.BooleanField(default=False)
    holds_from = models.DateTimeField()
    holds_until = models.DateTimeField(null=True, blank=True, help_text="Empty: until others begin.")

    class Meta:
        ordering = ["holds_from", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(*(Q(**{f"{name}__gt": 0}) for name in OBJECTIVES), _connector=Q.OR),
                name="suggestion_weights_weigh_something",
            ),
            models.CheckConstraint(
                condition=Q(*(Q(**{f"{name}__lte": 100}) for name in OBJECTIVES)),
                name="suggestion_weights_are_100_at_most",
            ),
            models.CheckConstraint(
                condition=Q(holds_until=None) | Q(holds_until__gt=F("holds_from")),
                name="suggestion_weights_end_after_start",
            ),
            ExclusionConstraint(
                name="one_set_of_weights_at_a_time",
                expressions=[
                    (Coalesce("service_type", EVERY_TYPE), RangeOperators.EQUAL),
                    (SegmentRange("holds_from", "holds_until"), RangeOperators.OVERLAPS),
                ],
            ),
        ]
        triggers = audited()

    def __str__(self) -> str:
        return f"{self.service_type or 'all others'} from {self.holds_from:%Y-%m-%d}"


class AutoDispatchRule(models.Model):
    """Tickets of a service type are dispatched by the best suggestion, if it scores so much, in certain hours.

    `opens` and `closes` are by the wall clock of the ticket's territory; `opens` after `closes` is over night, and both
    the same is the whole day. Without a rule nothing is dispatched automatically.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    service_type = models.OneToOneField(ServiceType, on_delete=models.CASCADE, related_name="+")
    from_score = models.PositiveSmallIntegerField(default=60, validators=[MaxValueValidator(100)])
    opens = models.TimeField()
    closes = models.TimeField()

    class Meta:
        ordering = ["service_type", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(from_score__lte=100), name="auto_dispatch_is_from_100_at_most")
        ]
        triggers = audited()

    def __str__(self) -> str:
        return f"{self.service_type} from {self.from_score}"


class AutomaticVisit(models.Model):
    """A visit that was dispatched automatically: whatever has no row here was planned by a person."""

    visit = models.OneToOneField(Visit, on_delete=models.PROTECT, primary_key=True, related_name="automatic")
    score = models.PositiveSmallIntegerField()

    class Meta:
        triggers = audited(
            row="visit_id",
            root="SELECT ticket_id FROM tickets_visit WHERE id = {row}.visit_id",
            territory="SELECT ticket.territory_id FROM tickets_visit visit JOIN tickets_ticket ticket "
            "ON ticket.id = visit.ticket_id WHERE visit.id = {row}.visit_id",
        )

    def __str__(self) -> str:
        return f"{self.score} of 100"


class AutoDispatchStop(models.Model):
    """A ticket that is not dispatched automatically any more: a person has stopped it, or nobody is left to send."""

    ticket = models.OneToOneField(Ticket, on_delete=models.PROTECT, primary_key=True, related_name="auto_dispatch_stop")
    stopped_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", help_text="Null: nobody left."
    )
    stopped_at = models.DateTimeField()
    reason = models.CharField(max_length=1000, blank=True)

    class Meta:
        triggers = audited(row="ticket_id", root="{row}.ticket_id", territory=OF_ITS_TICKET)

    def __str__(self) -> str:
        return f"since {self.stopped_at:%Y-%m-%d %H:%M}"
