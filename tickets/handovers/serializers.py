"""Shapes of hand-overs."""

from typing import Any

from rest_framework import serializers

from sync.serializing import Input, Output
from tickets.complaints.serializers import PersonOutput
from tickets.handovers.models import HandedMatter, HandOver


class GiveHandOverInput(Input):
    """Who is asked to take over what is open."""

    id = serializers.UUIDField(required=False, help_text="Made by the client: a repeated request is one hand-over.")
    territory_id = serializers.UUIDField()
    person_id = serializers.UUIDField()
    note = serializers.CharField(required=False, allow_blank=True, max_length=4_000)


class AcceptHandOverInput(Input):
    """What there is to say to it."""

    answer = serializers.CharField(required=False, allow_blank=True, max_length=1_000)


class DeclineHandOverInput(Input):
    """Why not."""

    answer = serializers.CharField(max_length=1_000)


class OpenMattersQuery(Input):
    """Of which desk."""

    territory = serializers.UUIDField()


class MatterOutput(serializers.Serializer[Any]):
    """Something that is or was open: a ticket, a callback or an outage, told as it is now."""

    kind = serializers.ChoiceField(["ticket", "callback", "outage"])
    about_id = serializers.UUIDField(help_text="Of the ticket, the callback or the outage.")
    title = serializers.CharField()
    ticket_reference = serializers.CharField(allow_blank=True)
    status = serializers.CharField(help_text="Of the ticket, the callback or the outage, now.")
    theirs = serializers.BooleanField(help_text="Whoever gave it answered for it; the rest is told to be known.")
    due_at = serializers.DateTimeField(allow_null=True)
    reply_owed = serializers.BooleanField()
    warned_percent = serializers.IntegerField(allow_null=True)
    taken_at = serializers.DateTimeField(allow_null=True, help_text="Since then whoever accepted answers for it.")


class HandOverOutput(Output, serializers.ModelSerializer[HandOver]):
    """A hand-over of a shift."""

    territory_id = serializers.UUIDField()
    given_by = PersonOutput()
    taken_by = PersonOutput(help_text="Who is asked, or has accepted.")

    class Meta:
        model = HandOver
        fields = ["id", "territory_id", "given_by", "taken_by", "note", "state", "given_at", "ended_at", "answer"]
        read_only_fields = fields


class HandOverDetailOutput(serializers.Serializer[Any]):
    """A hand-over with what is in it, the most pressing first."""

    hand_over = HandOverOutput()
    matters = MatterOutput(many=True)


def matter_body(matter: HandedMatter) -> dict[str, Any]:
    """One matter as it is told."""
    if matter.callback is not None:
        callback = matter.callback
        about = ("callback", callback.pk, f"{callback.contact_name}: {callback.question}".lstrip(": "), callback.state)
        reference = ""
    elif matter.outage is not None:
        outage = matter.outage
        about, reference = ("outage", outage.pk, f"{outage.area}: {outage.fault}", outage.status), ""
    else:
        assert matter.ticket is not None
        about = ("ticket", matter.ticket.pk, matter.ticket.title, matter.ticket.status)
        reference = matter.ticket.reference
    kind, pk, title, status = about
    return {
        "kind": kind,
        "about_id": pk,
        "title": title,
        "ticket_reference": reference,
        "status": status,
        "theirs": matter.theirs,
        "due_at": matter.due_at,
        "reply_owed": matter.reply_owed,
        "warned_percent": matter.warned_percent,
        "taken_at": matter.taken_at,
    }
