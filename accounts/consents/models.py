"""Consents, each with when, how, by whom, and to which words."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F

from sync.ids import uuid7


class Consent(models.Model):
    """Somebody has agreed to something, or taken it back. Append only: the newest of each says how it stands.

    `address` is the phone number or e-mail address that it was given for: it holds for no other. `actor` is who wrote
    it down: the person, or an agent who heard it on the phone.
    """

    class About(models.TextChoices):
        TERMS = "terms", "Terms of use"
        IN_APP = "in_app", "Told at once by the app"
        SMS = "sms", "Told by SMS"
        EMAIL = "email", "Told by e-mail"

    class How(models.TextChoices):
        SIGN_IN = "sign_in", "While registering"
        SELF = "self", "In the app"
        DESK = "desk", "Told to the desk"
        LINK = "link", "By the link in a message"
        SMS = "sms", "By answering an SMS"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="consents")
    about = models.CharField(max_length=8, choices=About.choices)
    given = models.BooleanField(help_text="False: taken back, or refused.")
    wording = models.CharField(max_length=20)
    language = models.CharField(max_length=2)
    address = models.CharField(max_length=254, blank=True)
    how = models.CharField(max_length=8, choices=How.choices)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    device_id = models.UUIDField(null=True)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()

    class Meta:
        ordering = ["-occurred_at", "-id"]
        indexes = [
            models.Index("person", "about", F("occurred_at").desc(), F("id").desc(), name="consents_of_a_person")
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.about}: {'yes' if self.given else 'no'}"
