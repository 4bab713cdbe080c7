"""Shapes of tickets over HTTP and in documents of phones: one shape for both, so that both leave out the same."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import User
from accounts.people.contacts import WithContacts
from sync.serializing import Input, Output, body_of
from tickets.audiences import ByAudience
from tickets.clock.models import Target, TicketClock
from tickets.complaints.access import audience, may_still_call, shows_contacts
from tickets.complaints.models import Note, Rating, Ticket, TicketEvent
from tickets.complaints.timeline import sentences
from tickets.complaints.transitions import allowed_steps
from tickets.fields import JsonObjectField
from tickets.ratings.serializers import RatingInput

# What comes in. Over HTTP the ticket's id stands in the path; `offline.py` adds it for phones.


class OnBehalfOfInput(Input):
    """For agents: the resident who is helped. Both are recorded."""

    on_behalf_of = serializers.UUIDField(required=False, allow_null=True)


class OpenTicketInput(Input):
    """A complaint. What the service type's form asks for goes to `details`; what stands there need not be repeated."""

    id = serializers.UUIDField(required=False, help_text="Made by the client: a repeated request is one ticket.")
    service_type = serializers.CharField(max_length=40, help_text="Code of the service type.")
    details = JsonObjectField(required=False, default=dict, help_text="Answers of the service type's form.")
    contact_name = serializers.CharField(required=False, allow_blank=True, max_length=200)
    contact_phone = serializers.CharField(required=False, allow_blank=True, max_length=32)
    site_id = serializers.UUIDField(required=False, allow_null=True)
    complex = serializers.CharField(required=False, allow_blank=True, max_length=200)
    address = serializers.CharField(required=False, allow_blank=True, max_length=300)
    account_number = serializers.CharField(required=False, allow_blank=True, max_length=40)
    title = serializers.CharField(required=False, allow_blank=True, max_length=200)
    access_notes = serializers.CharField(required=False, allow_blank=True, max_length=2_000)
    territory_id = serializers.UUIDField(
        required=False, allow_null=True, help_text="Needed where neither site nor account nor desk says it."
    )
    reported_at = serializers.DateTimeField(
        required=False, allow_null=True, help_text="Not in the future. Default: now."
    )
    priority = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=4)
    source = serializers.ChoiceField(  # type: ignore[assignment]  # a field, not where a field's value comes from
        [Ticket.Source.PHONE, Ticket.Source.APP, Ticket.Source.WEB, Ticket.Source.PATROL], required=False
    )
    resident_id = serializers.UUIDField(required=False, allow_null=True, help_text="Whose ticket it is, if registered.")
    asset_id = serializers.UUIDField(required=False, allow_null=True, help_text="The equipment that it is about.")
    visit_id = serializers.UUIDField(
        required=False,
        allow_null=True,
        help_text="On patrol: the finder takes the repair on at once, by a visit of their own with this id.",
    )


class OpenTicketRequest(OnBehalfOfInput, OpenTicketInput):
    """A complaint, perhaps filed for somebody else."""


class SeenTicketInput(Input):
    """What the device saw of a ticket. Texts are trimmed as new ones are, so that the two can be compared."""

    contact_name = serializers.CharField(required=False, allow_blank=True)
    contact_phone = serializers.CharField(required=False, allow_blank=True)
    access_notes = serializers.CharField(required=False, allow_blank=True, trim_whitespace=False)
    title = serializers.CharField(required=False, allow_blank=True)
    priority = serializers.IntegerField(required=False)


class EditTicketInput(Input):
    """What is corrected. `base` holds what the device saw of these fields before, so that both sides can be merged."""

    base = SeenTicketInput(required=False)
    contact_name = serializers.CharField(required=False, allow_blank=True, max_length=200)
    contact_phone = serializers.CharField(required=False, allow_blank=True, max_length=32)
    access_notes = serializers.CharField(required=False, allow_blank=True, max_length=2_000, trim_whitespace=False)
    title = serializers.CharField(required=False, max_length=200)
    priority = serializers.IntegerField(required=False, min_value=1, max_value=4)


class TriageTicketInput(Input):
    """The complaint is understood."""

    priority = serializers.IntegerField(required=False, min_value=1, max_value=4)


class HoldTicketInput(Input):
    """Why nothing can be done for now."""

    reason = serializers.ChoiceField(Ticket.HoldReason.choices)
    comment = serializers.CharField(required=False, allow_blank=True, max_length=1_000)


class ResolveTicketInput(Input):
    """How it was solved without a visit: a resolution code of the service type."""

    resolution_code = serializers.CharField(max_length=40)


class CancelTicketInput(Input):
    """Why it need not be done any more."""

    reason = serializers.CharField(max_length=1_000)


class CancelTicketRequest(OnBehalfOfInput, CancelTicketInput):
    """Why it need not be done any more."""


class ConfirmTicketInput(Input):
    """Nothing more needs to be said."""


class ConfirmTicketRequest(OnBehalfOfInput, ConfirmTicketInput):
    """All is well."""


class ReopenTicketInput(Input):
    """What is still wrong."""

    reason = serializers.CharField(max_length=1_000)


class ReopenTicketRequest(OnBehalfOfInput, ReopenTicketInput):
    """What is still wrong."""


class RateTicketRequest(OnBehalfOfInput, RatingInput):
    """How satisfied the resident is: 1 is not at all, 5 is fully."""


class MoveTicketInput(Input):
    """Which site it is about, and why it is not the one where it was."""

    site_id = serializers.UUIDField()
    reason = serializers.CharField(max_length=1_000)


class AddNoteInput(Input):
    """A note of our own people; internal unless said otherwise."""

    id = serializers.UUIDField(required=False)
    text = serializers.CharField(max_length=10_000)
    internal = serializers.BooleanField(required=False)
    visit_id = serializers.UUIDField(required=False, allow_null=True)


class SendMessageInput(Input):
    """A message between resident and desk."""

    id = serializers.UUIDField(required=False)
    text = serializers.CharField(max_length=10_000)
    template_id = serializers.UUIDField(
        required=False, allow_null=True, help_text="For the desk: the template that the text was made from."
    )


class SendMessageRequest(OnBehalfOfInput, SendMessageInput):
    """A message between resident and desk."""


# What goes out


class PersonOutput(Output, serializers.ModelSerializer[User]):
    """Somebody, by name."""

    class Meta:
        model = User
        fields = ["id", "name"]
        read_only_fields = fields


class RatingOutput(Output, serializers.ModelSerializer[Rating]):
    """How satisfied the resident was, 1 to 5."""

    class Meta:
        model = Rating
        fields = ["score", "reasons", "comment", "occurred_at"]
        read_only_fields = fields


class ClockSummaryOutput(Output, serializers.Serializer[Any]):
    """How a promise stood when it last changed. What passes with time is answered by the ticket's `clocks`."""

    target = serializers.ChoiceField(Target.choices)
    round = serializers.IntegerField()
    state = serializers.ChoiceField(TicketClock.State.choices)
    started_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(allow_null=True)
    limit_at = serializers.DateTimeField(allow_null=True)
    met_at = serializers.DateTimeField(allow_null=True)
    stopped_at = serializers.DateTimeField(allow_null=True)
    target_missed = serializers.BooleanField()
    limit_missed = serializers.BooleanField()
    judged_in_hindsight = serializers.BooleanField()


class TicketOutput(WithContacts, ByAudience, serializers.ModelSerializer[Ticket]):
    """A ticket. Residents get the part of it that concerns them."""

    CONTACTS = frozenset({"contact_phone", "title", "details", "access_notes"})

    RESIDENT_SEES = frozenset(
        {
            "id",
            "reference",
            "service_type",
            "service_name",
            "service_name_zh",
            "status",
            "title",
            "details",
            "contact_name",
            "contact_phone",
            "access_notes",
            "site_id",
            "account_number",
            "complex",
            "address",
            "reported_at",
            "hold_reason",
            "resolution_code",
            "resolved_at",
            "confirm_until",
            "closed_at",
            "rating",
        }
    )

    service_type = serializers.CharField(source="service_type.code")
    service_name = serializers.CharField(source="service_type.name")
    service_name_zh = serializers.CharField(source="service_type.name_zh")
    details = serializers.DictField(child=serializers.JSONField())
    site_id = serializers.UUIDField(allow_null=True)
    account_number = serializers.CharField(source="account.number", default="")
    rating = serializers.SerializerMethodField()
    clocks = serializers.SerializerMethodField()
    allowed = serializers.SerializerMethodField(help_text="Steps that lead on from the present status.")
    territory_id = serializers.UUIDField()
    follows_id = serializers.UUIDField(allow_null=True, help_text="The main ticket of the same fault.")
    outage_id = serializers.UUIDField(allow_null=True, help_text="The outage of which it seems to be a part.")
    repeats_id = serializers.UUIDField(
        allow_null=True, help_text="The ticket that was resolved not long before the fault came back."
    )
    account_id = serializers.UUIDField(allow_null=True)
    asset_id = serializers.UUIDField(allow_null=True)
    resident = PersonOutput(allow_null=True)
    opened_by = PersonOutput(allow_null=True)
    on_behalf_of = PersonOutput(allow_null=True)
    responsible = PersonOutput(allow_null=True)

    class Meta:
        model = Ticket
        fields = [
            "id",
            "reference",
            "service_type",
            "service_name",
            "service_name_zh",
            "status",
            "allowed",
            "priority",
            "source",
            "territory_id",
            "site_id",
            "account_id",
            "account_number",
            "asset_id",
            "complex",
            "address",
            "title",
            "details",
            "contact_name",
            "contact_phone",
            "access_notes",
            "resident",
            "opened_by",
            "on_behalf_of",
            "responsible",
            "reported_at",
            "received_at",
            "hold_reason",
            "resolution_code",
            "resolved_remotely",
            "resolved_at",
            "confirm_until",
            "closed_at",
            "rating",
            "external_source",
            "external_key",
            "flags",
            "follows_id",
            "repeats_id",
            "outage_id",
            "escalated_at",
            "reply_owed_since",
            "clocks",
        ]

    @extend_schema_field(RatingOutput(allow_null=True))
    def get_rating(self, ticket: Ticket) -> Mapping[str, Any] | None:
        rating = getattr(ticket, "rating", None)
        return body_of(RatingOutput)(rating) if rating else None

    @extend_schema_field(ClockSummaryOutput(many=True))
    def get_clocks(self, ticket: Ticket) -> Any:
        return [*map(body_of(ClockSummaryOutput), self.context.get("clocks", {}).get(ticket.pk, ()))]

    def get_allowed(self, ticket: Ticket) -> list[str]:
        return allowed_steps(ticket.status)

    def audience_of(self, row: Ticket, viewer: User) -> str:
        return audience(viewer, row)

    def shows(self, row: Ticket) -> bool:
        """The desk, whoever still works on it, and its resident."""
        if self.viewer is not None:
            return shows_contacts(self.viewer, row)
        return super().shows(row) and (self.context["audience"] != "technician" or may_still_call(row))

    def to_representation(self, row: Ticket) -> dict[str, Any]:
        body = super().to_representation(row)
        if self.for_resident(row):
            body["contact_phone"] = masked_phone(row)
        return body


def masked_phone(ticket: Ticket) -> str:
    """The contact's number as the resident may see it: their own in full, of anybody else's the last four digits."""
    number = ticket.contact_phone
    own = ticket.resident is not None and ticket.resident.phone == number
    return number if own or not number else f"…{number[-4:]}"


class PointOutput(serializers.Serializer[Any]):
    """A place."""

    type = serializers.CharField(help_text="`Point`.")
    coordinates = serializers.ListField(
        child=serializers.FloatField(), min_length=2, max_length=2, help_text="Longitude and latitude in degrees."
    )


class TicketOnMapOutput(serializers.Serializer[Any]):
    """What a map shows of a ticket."""

    reference = serializers.CharField()
    status = serializers.ChoiceField(Ticket.Status.choices)
    priority = serializers.IntegerField()
    service_type = serializers.CharField()
    service_name = serializers.CharField()
    service_name_zh = serializers.CharField()
    due_at = serializers.DateTimeField(allow_null=True, help_text="When the next open promise falls due.")


class TicketFeatureOutput(serializers.Serializer[Any]):
    """A ticket at its site."""

    type = serializers.CharField(help_text="`Feature`.")
    id = serializers.UUIDField()
    geometry = PointOutput()
    properties = TicketOnMapOutput()


class TicketMapOutput(serializers.Serializer[Any]):
    """Tickets as GeoJSON (RFC 7946)."""

    type = serializers.CharField(help_text="`FeatureCollection`.")
    features = TicketFeatureOutput(many=True)
    truncated = serializers.BooleanField(help_text="There are more than `limit`: ask for a smaller `bbox`.")
    unplaced = serializers.IntegerField(help_text="Tickets that pass the filters and have no coordinates.")


class TextsOutput(serializers.Serializer[Any]):
    """A sentence in each language."""

    en = serializers.CharField()
    zh = serializers.CharField()


class SaidOfTicket(WithContacts):
    """Somebody said something about a ticket, and may have named a number."""

    def shows(self, row: Any) -> bool:
        """The desk, whoever still works on the ticket, and its resident."""
        if self.viewer is not None:
            return shows_contacts(self.viewer, row.ticket)
        return super().shows(row) and (self.context["audience"] != "technician" or may_still_call(row.ticket))


class EventOutput(SaidOfTicket, ByAudience, serializers.ModelSerializer[TicketEvent]):
    """Something that happened, as a sentence. Our own people also see who did it and the facts it is made of."""

    RESIDENT_SEES = frozenset({"id", "kind", "occurred_at", "texts", "attachment_id"})
    CONTACTS = frozenset({"texts", "data"})

    texts = serializers.SerializerMethodField()
    attachment_id = serializers.SerializerMethodField(help_text="The photo, document or signature that it is about.")
    actor = PersonOutput(allow_null=True)
    on_behalf_of = PersonOutput(allow_null=True)
    data = serializers.DictField(child=serializers.JSONField(allow_null=True))  # type: ignore[assignment]  # a field

    class Meta:
        model = TicketEvent
        fields = [
            "id",
            "kind",
            "occurred_at",
            "texts",
            "attachment_id",
            "public",
            "received_at",
            "actor",
            "on_behalf_of",
            "data",
        ]

    def audience_of(self, row: TicketEvent, viewer: User) -> str:
        return audience(viewer, row.ticket)

    @extend_schema_field(TextsOutput)
    def get_texts(self, event: TicketEvent) -> dict[str, str]:
        english, chinese = sentences(event)
        return {"en": english, "zh": chinese}

    @extend_schema_field(serializers.UUIDField(allow_null=True))
    def get_attachment_id(self, event: TicketEvent) -> str | None:
        attachment_id: str | None = event.data.get("attachment")
        return attachment_id


class NoteOutput(SaidOfTicket, serializers.ModelSerializer[Note]):
    """A note of our own people, for our own people."""

    CONTACTS = frozenset({"text"})

    ticket_id = serializers.UUIDField()
    visit_id = serializers.UUIDField(allow_null=True)
    author = PersonOutput(allow_null=True)

    class Meta:
        model = Note
        fields = ["id", "ticket_id", "visit_id", "internal", "text", "author", "occurred_at", "received_at", "flags"]
        read_only_fields = fields


class MessageOutput(SaidOfTicket, ByAudience, serializers.ModelSerializer[Note]):
    """A message between resident and desk. `from_resident` says which way it went."""

    RESIDENT_SEES = frozenset({"id", "ticket_id", "text", "from_resident", "occurred_at"})
    CONTACTS = frozenset({"text"})

    ticket_id = serializers.UUIDField()
    from_resident = serializers.SerializerMethodField()
    author = PersonOutput(allow_null=True)
    on_behalf_of = PersonOutput(allow_null=True)

    class Meta:
        model = Note
        fields = ["id", "ticket_id", "text", "from_resident", "author", "on_behalf_of", "occurred_at", "received_at"]

    def audience_of(self, row: Note, viewer: User) -> str:
        return audience(viewer, row.ticket)

    def get_from_resident(self, message: Note) -> bool:
        spoke_for = message.on_behalf_of_id or message.author_id
        return spoke_for is not None and spoke_for == message.ticket.resident_id
