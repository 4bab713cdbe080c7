"""The app's routes, under `/api/v1/`."""

from tickets.attachments.urls import urlpatterns as attachments
from tickets.attendance.urls import urlpatterns as attendance
from tickets.bills.urls import urlpatterns as bills
from tickets.calendar_links.urls import urlpatterns as calendar_links
from tickets.callbacks.urls import urlpatterns as callbacks
from tickets.callers.urls import urlpatterns as callers
from tickets.calls.urls import urlpatterns as calls
from tickets.clock.urls import urlpatterns as clock
from tickets.complaints.urls import urlpatterns as complaints
from tickets.customers.urls import urlpatterns as customers
from tickets.data_copies.urls import urlpatterns as data_copies
from tickets.doubts.urls import urlpatterns as doubts
from tickets.duplicates.urls import urlpatterns as duplicates
from tickets.erasures.urls import urlpatterns as erasures
from tickets.escalations.urls import urlpatterns as escalations
from tickets.handovers.urls import urlpatterns as handovers
from tickets.households.urls import urlpatterns as households
from tickets.incoming_sms.urls import urlpatterns as incoming_sms
from tickets.inspections.urls import urlpatterns as inspections
from tickets.installations.urls import urlpatterns as installations
from tickets.open311.urls import urlpatterns as open311
from tickets.outages.urls import urlpatterns as outages
from tickets.payments.urls import urlpatterns as payments
from tickets.prices.urls import urlpatterns as prices
from tickets.quotes.urls import urlpatterns as quotes
from tickets.ratings.urls import urlpatterns as ratings
from tickets.recoveries.urls import urlpatterns as recoveries
from tickets.refunds.urls import urlpatterns as refunds
from tickets.replies.urls import urlpatterns as replies
from tickets.reports.urls import urlpatterns as reports
from tickets.routes.urls import urlpatterns as routes
from tickets.samples.urls import urlpatterns as samples
from tickets.scorecards.urls import urlpatterns as scorecards
from tickets.segments.urls import urlpatterns as segments
from tickets.service_types.urls import urlpatterns as service_types
from tickets.shifts.urls import urlpatterns as shifts
from tickets.sites.urls import urlpatterns as sites
from tickets.staff_complaints.urls import urlpatterns as staff_complaints
from tickets.suggestions.urls import urlpatterns as suggestions
from tickets.travel.urls import urlpatterns as travel
from tickets.visits.urls import urlpatterns as visits
from tickets.warranties.urls import urlpatterns as warranties
from tickets.windows.urls import urlpatterns as windows

urlpatterns = [
    *callers,
    *calls,
    *callbacks,
    *handovers,
    *incoming_sms,
    *replies,
    *ratings,
    *customers,
    *complaints,
    *staff_complaints,
    *duplicates,
    *outages,
    *segments,
    *sites,
    *households,
    *recoveries,
    *data_copies,
    *erasures,
    *clock,
    *service_types,
    *travel,
    *routes,
    *suggestions,
    *visits,
    *shifts,
    *escalations,
    *installations,
    *attendance,
    *doubts,
    *warranties,
    *windows,
    *attachments,
    *open311,
    *calendar_links,
    *prices,
    *quotes,
    *reports,
    *bills,
    *payments,
    *refunds,
    *inspections,
    *samples,
    *scorecards,
]
