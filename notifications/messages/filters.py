"""Filters of the outbox."""

import django_filters

from notifications.messages.models import Message


class MessageFilter(django_filters.FilterSet):  # type: ignore[misc]
    status = django_filters.ChoiceFilter(choices=Message.Status.choices)
    channel = django_filters.ChoiceFilter(choices=Message.Channel.choices)
    kind = django_filters.CharFilter("notice__kind", label="Of the notice.")
    person = django_filters.UUIDFilter("notice__user_id")
    ticket = django_filters.UUIDFilter("notice__ticket_id")
    territory = django_filters.UUIDFilter("notice__territory_id")
    created_from = django_filters.IsoDateTimeFilter("created_at", lookup_expr="gte")
    created_to = django_filters.IsoDateTimeFilter("created_at", lookup_expr="lt")

    class Meta:
        model = Message
        fields: list[str] = []
