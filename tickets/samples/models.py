"""A sample of closed tickets, the tickets in it, and what reviews of them found."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models import Territory
from sync.ids import uuid7
from tickets.complaints.models import Ticket, append_only
from tickets.service_types.models import ServiceType


class Sample(models.Model):
    """So many of the tickets that were closed in a territory from `first` to `last`, by chance. Append only.

    `population` is how many there were to choose from. `seed` decides which were chosen: see `selectors.by_chance`.
    Those of one `week` are drawn by the worker; others by a supervisor, perhaps of one technician, agent or type.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    territory = models.ForeignKey(Territory, on_delete=models.PROTECT, related_name="+")
    weekly = models.BooleanField()
    first = models.DateField()
    last = models.DateField()
    technician = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    agent = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    service_type = models.ForeignKey(ServiceType, on_delete=models.PROTECT, null=True, related_name="+")
    size = models.PositiveSmallIntegerField(help_text="How many were asked for. There may have been fewer.")
    population = models.PositiveIntegerField()
    seed = models.CharField(max_length=32)
    drawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    drawn_at = models.DateTimeField()

    class Meta:
        ordering = ["-drawn_at", "-id"]
        constraints = [
            models.UniqueConstraint("territory", "first", condition=Q(weekly=True), name="one_sample_per_week"),
            models.CheckConstraint(condition=Q(last__gte=F("first")), name="sample_ends_after_it_begins"),
            models.CheckConstraint(condition=Q(size__gte=1), name="sample_has_a_size"),
        ]
        indexes = [models.Index("territory", F("drawn_at").desc(), F("id").desc(), name="samples_of_a_territory")]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.territory_id} {self.first} – {self.last}"


class SampledTicket(models.Model):
    """A ticket in a sample. `verdict` is the newest of its reviews, none while nobody has reviewed it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    sample = models.ForeignKey(Sample, on_delete=models.PROTECT, related_name="tickets")
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="+")
    place = models.PositiveSmallIntegerField(help_text="1 was drawn first.")
    verdict = models.OneToOneField("tickets.Review", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint("sample", "ticket", name="ticket_is_once_in_a_sample"),
            models.UniqueConstraint("sample", "place", name="one_ticket_per_place_in_a_sample"),
        ]

    def __str__(self) -> str:
        return f"{self.place} of {self.sample_id}"


class Review(models.Model):
    """Somebody held a ticket's record against the paper, or against what the resident says. Append only.

    A later review of the same ticket stands beside it. `inconsistent_from` is how many differences the rule allowed
    then: a changed setting judges nothing anew.
    """

    class Against(models.TextChoices):
        PAPER = "paper"
        RESIDENT = "resident", "What the resident says, who was called"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    sampled = models.ForeignKey(SampledTicket, on_delete=models.PROTECT, related_name="reviews")
    against = models.CharField(max_length=8, choices=Against.choices)
    inconsistent_from = models.PositiveSmallIntegerField()
    consistent = models.BooleanField()
    note = models.TextField(blank=True)
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reviewed_at = models.DateTimeField()

    class Meta:
        ordering = ["reviewed_at", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(against__in=("paper", "resident")), name="review_against_is_known")
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return "consistent" if self.consistent else "inconsistent"


class Finding(models.Model):
    """One field of a record, as it was when it was reviewed, and what was `told` where that differs. Append only."""

    class Field(models.TextChoices):
        FAULT = "fault", "Fault"
        ADDRESS = "address", "Address"
        TECHNICIAN = "technician", "Who came"
        ARRIVAL = "arrival", "Arrival"
        END = "end", "End of work"
        RESOLUTION = "resolution", "Resolution"
        PARTS = "parts", "Parts"
        SIGNATURE = "signature", "Signature"

    NAMES_ZH = {
        Field.FAULT: "故障",
        Field.ADDRESS: "地址",
        Field.TECHNICIAN: "上门人员",
        Field.ARRIVAL: "到达时间",
        Field.END: "完工时间",
        Field.RESOLUTION: "处理结果",
        Field.PARTS: "用料",
        Field.SIGNATURE: "签字",
    }

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="findings")
    field = models.CharField(max_length=10, choices=Field.choices)
    recorded = models.TextField(blank=True)
    differs = models.BooleanField()
    told = models.TextField(blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint("review", "field", name="one_finding_per_field"),
            models.CheckConstraint(
                condition=Q(
                    field__in=("fault", "address", "technician", "arrival", "end", "resolution", "parts", "signature")
                ),
                name="finding_field_is_known",
            ),
            models.CheckConstraint(
                condition=Q(differs=True) & ~Q(told="") | Q(differs=False, told=""),
                name="difference_says_what_was_told",
            ),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return self.field
