"""What phones may send and what they receive, gathered for the wiring."""

from tickets.attachments import offline as attachments
from tickets.complaints import offline as complaints
from tickets.installations import offline as installations
from tickets.payments import offline as payments
from tickets.prices import offline as prices
from tickets.quotes import offline as quotes
from tickets.ratings import offline as ratings
from tickets.service_types import offline as service_types
from tickets.shifts import offline as shifts
from tickets.sites import offline as sites
from tickets.visits import offline as visits
from tickets.warranties import offline as warranties

OPERATIONS = {
    **complaints.OPERATIONS,
    **visits.OPERATIONS,
    **attachments.OPERATIONS,
    **quotes.OPERATIONS,
    **payments.OPERATIONS,
    **ratings.OPERATIONS,
    **shifts.OPERATIONS,
    **installations.OPERATIONS,
}
DOCUMENTS = {
    **complaints.DOCUMENTS,
    **sites.DOCUMENTS,
    **service_types.DOCUMENTS,
    **visits.DOCUMENTS,
    **shifts.DOCUMENTS,
    **attachments.DOCUMENTS,
    **prices.DOCUMENTS,
    **quotes.DOCUMENTS,
    **warranties.DOCUMENTS,
    **installations.DOCUMENTS,
}
SCHEMAS = {**visits.SCHEMAS, **complaints.SCHEMAS}
