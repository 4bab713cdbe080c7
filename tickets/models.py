"""All models of the app, gathered for Django. Each concept defines its own."""

from tickets.attachments.models import Attachment
from tickets.attendance.models import AttendanceCorrection, AttendanceDay, AttendanceMark
from tickets.bills.models import Bill, BillCounter, BillLine, BillReminder
from tickets.calendar_links.models import CalendarLink
from tickets.callbacks.models import Callback, CallbackEvent, CallbackQuota
from tickets.calls.models import Call
from tickets.clock.models import (
    BusinessCalendar,
    CalendarWindow,
    ClockSegment,
    ClockTimer,
    ClockWarning,
    Holiday,
    PolicyPeriod,
    PolicyTarget,
    SlaPolicy,
    TicketClock,
)
from tickets.complaints.models import Note, Rating, Ticket, TicketEvent
from tickets.data_copies.models import DataCopy
from tickets.doubts.models import Doubt, DoubtMark
from tickets.duplicates.models import ToldApart
from tickets.erasures.models import Erasure
from tickets.escalations.models import Escalation
from tickets.handovers.models import HandedMatter, HandOver
from tickets.households.models import AccountEvent, AccountOffer, BindingCode
from tickets.incoming_sms.models import IncomingSms
from tickets.inspections.models import Inspection, InspectionPlan, ServiceLife
from tickets.installations.models import Installation
from tickets.open311.models import FiledRequest
from tickets.outages.models import Outage
from tickets.payments.models import CashHandIn, Payment, PaymentLink
from tickets.prices.models import Price, PriceItem
from tickets.quotes.models import ConsentGap, Quote, QuoteLine
from tickets.ratings.models import RatingReason, VisitRating
from tickets.recoveries.models import Recovery
from tickets.refunds.models import Refund, Repayment
from tickets.reminders.models import AppointmentReminder, ContractReminder, WarrantyReminder
from tickets.replies.models import ReplyTemplate
from tickets.reports.models import CountedTerritory, ReportCell, ReportMark, TicketFacts
from tickets.routes.models import DepotCounter, PlannedStop, RoutePlan
from tickets.samples.models import Finding, Review, Sample, SampledTicket
from tickets.scorecards.models import Criterion, Scorecard, ScorecardVersion, ScoreMark
from tickets.segments.models import NetworkConnection, NetworkSegment
from tickets.service_types.models import ServiceType, ServiceTypePart, ServiceTypeSkill
from tickets.shifts.models import Absence, Shift
from tickets.sites.models import Asset, ServiceAccount, Site
from tickets.staff_complaints.models import StaffComplaint, StaffComplaintEvent
from tickets.suggestions.models import AutoDispatchRule, AutoDispatchStop, AutomaticVisit, SuggestionWeights
from tickets.travel.models import SpeedTable
from tickets.visits.models import CheckIn, PartUse, Swap, Visit
from tickets.warranties.models import Warranty, WarrantyTerm
from tickets.windows.models import ChosenWindow, OfferedWindow

__all__ = [
    "Absence",
    "AccountEvent",
    "AccountOffer",
    "AppointmentReminder",
    "Asset",
    "Attachment",
    "AttendanceCorrection",
    "AttendanceDay",
    "AttendanceMark",
    "AutoDispatchRule",
    "AutoDispatchStop",
    "AutomaticVisit",
    "Bill",
    "BillCounter",
    "BillLine",
    "BillReminder",
    "BindingCode",
    "BusinessCalendar",
    "CalendarLink",
    "CalendarWindow",
    "Call",
    "Callback",
    "CallbackEvent",
    "CallbackQuota",
    "CashHandIn",
    "CheckIn",
    "ChosenWindow",
    "ClockSegment",
    "ClockTimer",
    "ClockWarning",
    "ConsentGap",
    "ContractReminder",
    "CountedTerritory",
    "Criterion",
    "DataCopy",
    "DepotCounter",
    "Doubt",
    "DoubtMark",
    "Erasure",
    "Escalation",
    "FiledRequest",
    "Finding",
    "HandOver",
    "HandedMatter",
    "Holiday",
    "IncomingSms",
    "Inspection",
    "InspectionPlan",
    "Installation",
    "NetworkConnection",
    "NetworkSegment",
    "Note",
    "OfferedWindow",
    "Outage",
    "PartUse",
    "Payment",
    "PaymentLink",
    "PlannedStop",
    "PolicyPeriod",
    "PolicyTarget",
    "Price",
    "PriceItem",
    "Quote",
    "QuoteLine",
    "Rating",
    "RatingReason",
    "Recovery",
    "Refund",
    "Repayment",
    "ReplyTemplate",
    "ReportCell",
    "ReportMark",
    "Review",
    "RoutePlan",
    "Sample",
    "SampledTicket",
    "ScoreMark",
    "Scorecard",
    "ScorecardVersion",
    "ServiceAccount",
    "ServiceLife",
    "ServiceType",
    "ServiceTypePart",
    "ServiceTypeSkill",
    "Shift",
    "Site",
    "SlaPolicy",
    "SpeedTable",
    "StaffComplaint",
    "StaffComplaintEvent",
    "SuggestionWeights",
    "Swap",
    "Ticket",
    "TicketClock",
    "TicketEvent",
    "TicketFacts",
    "ToldApart",
    "Visit",
    "VisitRating",
    "Warranty",
    "WarrantyReminder",
    "WarrantyTerm",
]
