from django.db import models

from accounts.territories.time_zones import DEFAULT_TIME_ZONE, validate_time_zone
from sync.audit.triggers import audited
from sync.ids import uuid7


class Territory(models.Model):
    """An area with its own desk and its own technicians. One that was closed is kept, but inactive."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.SlugField(max_length=50, unique=True)
    name = models.CharField(max_length=100)
    name_zh = models.CharField("name in Chinese", max_length=100, blank=True)
    time_zone = models.CharField(max_length=64, default=DEFAULT_TIME_ZONE, validators=[validate_time_zone])
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["name", "id"]
        verbose_name_plural = "territories"
        triggers = audited()

    def __str__(self) -> str:
        return self.name


class Skill(models.Model):
    """Something that a technician has learnt and a service type may ask for."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.SlugField(max_length=50, unique=True)
    name = models.CharField(max_length=100)
    name_zh = models.CharField("name in Chinese", max_length=100, blank=True)

    class Meta:
        ordering = ["name", "id"]
        triggers = audited()

    def __str__(self) -> str:
        return self.name
