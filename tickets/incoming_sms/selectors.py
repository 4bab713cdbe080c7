"""Reads of SMS that came."""

from django.db.models import QuerySet

from sync.rows import with_related
from tickets.incoming_sms.models import IncomingSms


def with_shown(sms: QuerySet[IncomingSms]) -> QuerySet[IncomingSms]:
    """With all that the output of an SMS shows of other tables, in one query."""
    return with_related(sms, ticket=("reference",), person=("name",), settled_by=("name",))
