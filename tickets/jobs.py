"""Periodic work of the app, gathered for the worker: each concept declares its own."""

from tickets.attendance import jobs as attendance
from tickets.bills import jobs as bills
from tickets.callbacks import jobs as callbacks
from tickets.clock import jobs as clock
from tickets.complaints import jobs as complaints
from tickets.data_copies import jobs as data_copies
from tickets.doubts import jobs as doubts
from tickets.erasures import jobs as erasures
from tickets.households import jobs as households
from tickets.inspections import jobs as inspections
from tickets.open311 import jobs as open311
from tickets.payments import jobs as payments
from tickets.prices import jobs as prices
from tickets.recoveries import jobs as recoveries
from tickets.refunds import jobs as refunds
from tickets.reminders import jobs as reminders
from tickets.reports import jobs as reports
from tickets.routes import jobs as routes
from tickets.samples import jobs as samples
from tickets.shifts import jobs as shifts
from tickets.staff_complaints import jobs as staff_complaints
from tickets.suggestions import jobs as suggestions
from tickets.visits import jobs as visits
from tickets.warranties import jobs as warranties

__all__ = [
    "attendance",
    "bills",
    "callbacks",
    "clock",
    "complaints",
    "data_copies",
    "doubts",
    "erasures",
    "households",
    "inspections",
    "open311",
    "payments",
    "prices",
    "recoveries",
    "refunds",
    "reminders",
    "reports",
    "routes",
    "samples",
    "shifts",
    "staff_complaints",
    "suggestions",
    "visits",
    "warranties",
]
