"""How fast people get about, where no road service says it."""

from datetime import time
from itertools import pairwise
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from accounts.models import Territory
from sync.audit.triggers import audited
from sync.ids import uuid7

FURTHEST_KM = 25_000
"""Nobody drives further than round the Earth."""


def usual_bands() -> list[dict[str, float | None]]:
    """In streets, on main roads of a town, between towns, on motorways."""
    return [
        {"up_to_km": 3, "kmh": 18},
        {"up_to_km": 12, "kmh": 28},
        {"up_to_km": 50, "kmh": 50},
        {"up_to_km": None, "kmh": 75},
    ]


def usual_slow_hours() -> list[dict[str, Any]]:
    """When people go to work and come home."""
    return [
        {"opens": "07:00", "closes": "09:00", "percent": 130},
        {"opens": "17:00", "closes": "19:00", "percent": 130},
    ]


def check_bands(bands: Any) -> None:
    """Raises ValidationError unless it is bands, each reaching further than the one before, the last for ever."""
    try:
        limits = [band["up_to_km"] for band in bands]
        fine = (
            all(set(band) == {"up_to_km", "kmh"} and 1 <= float(band["kmh"]) <= 300 for band in bands)
            and limits[-1] is None
            and all(near < far < FURTHEST_KM for near, far in pairwise([0, *limits[:-1]]))
        )
    except (TypeError, ValueError, KeyError, IndexError):
        fine = False
    if not fine:
        raise ValidationError(
            "List bands of up_to_km and kmh (1 to 300), each further than the one before, the last up to null.",
            "speed_bands_not_valid",
        )


def check_slow_hours(hours: Any) -> None:
    """Raises ValidationError unless it is a list of spans of a day, none of which begins before the last has ended."""
    try:
        spans = [(time.fromisoformat(span["opens"]), time.fromisoformat(span["closes"])) for span in hours]
        fine = (
            all(set(span) == {"opens", "closes", "percent"} and 100 <= int(span["percent"]) <= 500 for span in hours)
            and all(opens < closes for opens, closes in spans)
            and all(before[1] <= after[0] for before, after in pairwise(spans))
        )
    except (TypeError, ValueError, KeyError):
        fine = False
    if not fine:
        raise ValidationError(
            "List spans of opens, closes (HH:MM) and percent (100 to 500) in order, none within another.",
            "slow_hours_not_valid",
        )


class SpeedTable(models.Model):
    """From the great-circle distance to kilometres and minutes, in a territory or (without one) in all that have none.

    See `estimates.py` for the formula.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    territory = models.ForeignKey(
        Territory,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        help_text="Empty: everywhere else.",
    )
    detour_percent = models.PositiveSmallIntegerField(
        default=130, help_text="Kilometres by road for 100 kilometres as the crow flies."
    )
    parking_seconds = models.PositiveSmallIntegerField(
        default=180, help_text="Of every trip: to the vehicle, and from where it is parked."
    )
    bands = models.JSONField(
        default=usual_bands, validators=[check_bands], help_text="Each kilometre at the speed of its band."
    )
    slow_hours = models.JSONField(
        default=usual_slow_hours,
        blank=True,
        validators=[check_slow_hours],
        help_text="How much longer a drive takes, by the wall clock of the territory.",
    )

    class Meta:
        ordering = ["territory", "id"]
        constraints = [
            models.UniqueConstraint(fields=["territory"], nulls_distinct=False, name="one_speed_table_per_territory"),
            models.CheckConstraint(condition=Q(detour_percent__range=(100, 500)), name="detour_is_100_to_500_percent"),
            models.CheckConstraint(condition=Q(parking_seconds__lte=3600), name="parking_takes_an_hour_at_most"),
        ]
        triggers = audited(territory="{row}.territory_id")

    def __str__(self) -> str:
        return str(self.territory) if self.territory_id else "everywhere else"
