"""Reads of outages for lists."""

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from sync.rows import with_related
from tickets.complaints.models import Ticket
from tickets.outages.models import Outage

NAMES = ("code", "name", "name_zh")


def with_shown(outages: QuerySet[Outage]) -> QuerySet[Outage]:
    """With all that the output of an outage shows of other tables, in one query."""
    tickets = Ticket.objects.filter(outage=OuterRef("pk")).order_by().values("outage").annotate(number=Count("pk"))
    shown = with_related(outages, service_type=("code",), decided_by=("name",), segment=NAMES)
    return shown.annotate(how_many=Coalesce(Subquery(tickets.values("number")), 0))
