"""The admin pages of the app, gathered for Django: each concept has its own."""

from tickets.attendance import admin as attendance
from tickets.bills import admin as bills
from tickets.callbacks import admin as callbacks
from tickets.calls import admin as calls
from tickets.clock import admin as clock
from tickets.complaints import admin as complaints
from tickets.data_copies import admin as data_copies
from tickets.doubts import admin as doubts
from tickets.duplicates import admin as duplicates
from tickets.erasures import admin as erasures
from tickets.escalations import admin as escalations
from tickets.handovers import admin as handovers
from tickets.households import admin as households
from tickets.incoming_sms import admin as incoming_sms
from tickets.inspections import admin as inspections
from tickets.installations import admin as installations
from tickets.outages import admin as outages
from tickets.prices import admin as prices
from tickets.quotes import admin as quotes
from tickets.ratings import admin as ratings
from tickets.recoveries import admin as recoveries
from tickets.replies import admin as replies
from tickets.routes import admin as routes
from tickets.samples import admin as samples
from tickets.scorecards import admin as scorecards
from tickets.segments import admin as segments
from tickets.service_types import admin as service_types
from tickets.shifts import admin as shifts
from tickets.sites import admin as sites
from tickets.suggestions import admin as suggestions
from tickets.travel import admin as travel
from tickets.visits import admin as visits
from tickets.warranties import admin as warranties
from tickets.windows import admin as windows

__all__ = [
    "attendance",
    "bills",
    "callbacks",
    "calls",
    "clock",
    "complaints",
    "data_copies",
    "doubts",
    "duplicates",
    "erasures",
    "escalations",
    "handovers",
    "households",
    "incoming_sms",
    "inspections",
    "installations",
    "outages",
    "prices",
    "quotes",
    "ratings",
    "recoveries",
    "replies",
    "routes",
    "samples",
    "scorecards",
    "segments",
    "service_types",
    "shifts",
    "sites",
    "suggestions",
    "travel",
    "visits",
    "warranties",
    "windows",
]
