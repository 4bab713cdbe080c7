"""What phones may send and what they receive, gathered for the wiring."""

from tickets.attachments import offline as attachments
from tickets.complaints import offline as complaints
from tickets.service_types import offline as service_types
from tickets.sites import offline as sites
from tickets.visits import offline as visits

OPERATIONS = {**complaints.OPERATIONS, **visits.OPERATIONS, **attachments.OPERATIONS}
DOCUMENTS = {
    **complaints.DOCUMENTS,
    **sites.DOCUMENTS,
    **service_types.DOCUMENTS,
    **visits.DOCUMENTS,
    **attachments.DOCUMENTS,
}
SCHEMAS = {**visits.SCHEMAS}
