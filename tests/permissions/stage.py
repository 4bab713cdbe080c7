"""The stage of the permission tests: one small world in which everybody has something, and nobody everything.

The resident's complaints in the territory `north`, with the technician's visits to them, are what the matrix is about.
The neighbour, the colleague and the southern dispatcher have a complaint, visits and a van of their own: whoever sees
nothing of the resident's sees it beside rows that are theirs.

Everything is made through the same commands as everybody's, and what phones tell through a push.
"""

from collections.abc import Iterable, Mapping
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.apps import apps
from django.core.files.base import ContentFile
from django.db import connection
from django.db.models import QuerySet
from django.test import override_settings
from rest_framework.test import APIClient

from accounts.models import OneTimeCode, Skill, User
from accounts.signin import codes
from fieldsvc.time import now
from notifications.choices.unsubscribing import FORMER, unsubscribe_link
from notifications.deliveries.access import deliveries
from notifications.models import EscalationPlan, Message, Notice, PushSubscription
from parts.catalogue.services import provisional_part
from parts.models import (
    Allocation,
    Discrepancy,
    Location,
    Part,
    Requisition,
    StockBalance,
    StockLevel,
    StockMovement,
    Transfer,
)
from parts.requisitions.services import approve_requisition, submit_requisition
from parts.stock.services import receive_parts
from parts.stocktakes.services import count_stock, hand_in_sheet, open_stocktake
from parts.transfers.services import create_transfer, dispatch_transfer
from sync.commands import Actor
from sync.conflicts.services import resolve_conflict
from sync.feed.services import catch_up
from sync.ids import uuid7
from sync.models import Conflict
from sync.uploads.services import begin_upload
from sync.uploads.store import storage
from sync.uploads.tus import Metadata
from tests.people import People
from tests.phone import Phone
from tests.uploads.sending import picture, send_by_tus
from tests.world import World
from tickets.attachments.services import add_attachment
from tickets.attendance.reckoning import Verdict
from tickets.bills.services import make_bill
from tickets.calendar_links.services import make_calendar_link
from tickets.callbacks.models import CallbackQuota
from tickets.callbacks.services import hand_over_callback, promise_callback
from tickets.calls.services import log_call
from tickets.clock.configuration import add_policy_period
from tickets.complaints.services import (
    add_note,
    confirm_ticket,
    edit_ticket,
    hold_ticket,
    open_ticket,
    send_message,
    triage_ticket,
)
from tickets.duplicates.services import merge_ticket
from tickets.handovers.services import give_hand_over
from tickets.households.services import offer_account
from tickets.incoming_sms.services import sms_came
from tickets.inspections.raising import raise_by_age, raise_by_plan
from tickets.inspections.services import create_life, create_plan
from tickets.models import (
    Absence,
    Asset,
    Attachment,
    AttendanceCorrection,
    AttendanceDay,
    AutoDispatchRule,
    BindingCode,
    BusinessCalendar,
    Call,
    CheckIn,
    ConsentGap,
    DataCopy,
    DepotCounter,
    Doubt,
    Erasure,
    Escalation,
    IncomingSms,
    Inspection,
    InspectionPlan,
    Installation,
    NetworkConnection,
    NetworkSegment,
    Note,
    OfferedWindow,
    Outage,
    PartUse,
    Payment,
    PlannedStop,
    PriceItem,
    Quote,
    RatingReason,
    Refund,
    Repayment,
    ReplyTemplate,
    RoutePlan,
    SampledTicket,
    ServiceAccount,
    ServiceType,
    Shift,
    SlaPolicy,
    SpeedTable,
    SuggestionWeights,
    Ticket,
    Visit,
    Warranty,
)
from tickets.outages.services import accept_outage, attach_ticket
from tickets.payments.services import ask_for_link, hand_in_cash, payment_came, take_payment
from tickets.prices.services import create_item, set_price
from tickets.quotes.services import answer_quote, make_quote
from tickets.ratings.technicians import rate_visit
from tickets.recoveries.services import ask_recovery
from tickets.refunds.repaying import note_failed
from tickets.refunds.services import request_refund
from tickets.samples.services import draw_sample, review_ticket
from tickets.scorecards.reckoning import Month
from tickets.scorecards.services import add_version, create_scorecard, mark_score
from tickets.staff_complaints.services import file_staff_complaint, take_staff_complaint
from tickets.visits import services as work
from tickets.visits.crew import add_companion, hand_over_lead
from tickets.visits.shifts import clock_in
from tickets.warranties.services import set_warranty_term

NOBODY = "nobody"
PEOPLE = (
    "resident",
    "neighbour",
    "technician",
    "colleague",
    "agent",
    "dispatcher",
    "supervisor",
    "storekeeper",
    "southern_dispatcher",
    "administrator",
)
ROLES = (NOBODY, *PEOPLE)
STRANGERS = ("neighbour", "colleague", "southern_dispatcher")
"""Those who have a token, and nothing to do with any of it."""

PASSWORD = "correct horse battery"
CODE = "246810"
APPS = ("accounts", "sync", "notifications", "parts", "tickets")
OF_THE_CONTACT = ("sync_device", "sync_bootanchor", "sync_receipt")
"""Tables in which every push leaves that it came, and how it was answered."""


Rows = Mapping[str, Iterable[UUID]]
"""Ids by the line of the matrix that says who may see such rows."""


class Stage:
    """The world of the matrix. Its attributes are what paths and bodies name: `{ticket}`, `{van}`."""

    def __init__(self) -> None:
        self.people = People()
        self.world = World(self.people)
        self.phones = {role: Phone(getattr(self.people, role)) for role in PEOPLE}
        self.clients = {NOBODY: APIClient()} | {role: phone.client for role, phone in self.phones.items()}
        for client in self.clients.values():
            client.handler = self.clients[NOBODY].handler  # each would load all middleware anew
            client.raise_request_exception = False
        self.collection, self.format = "visits", ".json"
        self.resident, self.technician = self.people.resident, self.people.technician
        self.lost_phone = self.phones["technician"].device
        self.supervisors_phone = self.phones["supervisor"].device
        self._the_customer()
        self._the_stock()
        self._the_work()
        self._the_charges()
        self._the_inspections()
        self._the_samples()
        self._the_scorecards()
        self._the_hand_over()
        self._the_shifts()
        self._the_plans_of_a_day()
        self._what_the_phone_told()
        self._the_configuration()
        self._what_the_others_have()
        self._the_outages()
        self._what_is_audited()
        catch_up()

    def _the_customer(self) -> None:
        self.service_type, self.site = self.world.service_type, self.world.site
        self.code = self.service_type.code
        self.account = ServiceAccount.objects.create(
            number="A-1", site=self.site, holder=self.resident, contract_until=now().date()
        )
        self.offered_account = ServiceAccount.objects.create(number="A-9", site=self.site, holder=self.resident)
        self.offer = offer_account(
            actor=Actor(self.resident),
            occurred_at=now(),
            account_id=self.offered_account.pk,
            phone=str(self.people.neighbour.phone),
        )
        for person in (self.resident, self.people.neighbour):
            BindingCode.objects.create(
                person=person,
                number=self.offered_account.number,
                digest=codes.digest(f"binding {person.pk} {self.offered_account.number}", CODE),
                expires_at=now() + timedelta(minutes=10),
            )
            Erasure.objects.create(person=person, asked_at=now(), due_at=now() + timedelta(days=30))
        self.copy = DataCopy.objects.create(
            person=self.resident,
            status="ready",
            asked_at=now() - timedelta(days=2),
            ready_at=now(),
            expires_at=now() + timedelta(days=7),
            name=storage().save("copies/copy-of-the-stage.zip", ContentFile(b"PK")),
        )
        self.recovery = ask_recovery(
            actor=Actor(self.people.agent),
            occurred_at=now(),
            person_id=self.resident.pk,
            new_phone="+8613900003333",
            checks=[{"question": question, "passed": True} for question in ("Last repair?", "Address?")],
            reason="SIM lost.",
        )
        self.asset = Asset.objects.create(site=self.site, account=self.account, kind="boiler", serial="B-77")

    def _the_stock(self) -> None:
        self.part = self.world.part("VALVE", aboard=9)
        Part.objects.filter(pk=self.part.pk).update(price=500)
        self.van = self.world.van()
        self.balance = StockBalance.objects.get(location=self.van, part=self.part)
        self.depot = Location.objects.create(code="D-N", name="Depot", kind="depot", territory=self.people.north)
        self.second_depot = Location.objects.create(
            code="D-2", name="Second", kind="depot", territory=self.people.north
        )
        receive_parts(
            actor=Actor(self.people.storekeeper),
            occurred_at=now(),
            location_id=self.depot.pk,
            lines=[{"part_id": self.part.pk, "quantity": Decimal(9)}],
        )
        self.level = StockLevel.objects.create(location=self.van, part=self.part, minimum=20, par=30)
        self.old_part = Part.objects.create(
            number="VALV", name="Old valve", status="superseded", superseded_by=self.part
        )
        self.draft_transfer = self._transfer(self.van)
        self.transfer = self._transfer(self.van)
        dispatch_transfer(actor=Actor(self.people.storekeeper), occurred_at=now(), transfer_id=self.transfer.pk)
        self.transfer_line = self.transfer.lines.get()
        self.requisition, self.approved_requisition = self._wish(), self._wish()
        approve_requisition(
            actor=Actor(self.people.supervisor), occurred_at=now(), requisition_id=self.approved_requisition.pk
        )
        self.stocktake = count_stock(
            actor=Actor(self.technician),
            occurred_at=now(),
            location_id=self.van.pk,
            kind="cycle",
            lines=[{"part_id": self.part.pk, "quantity": Decimal(8)}],
            note="after the weekend",
        )
        self.shared_count = open_stocktake(
            actor=Actor(self.people.storekeeper), occurred_at=now(), location_id=self.van.pk
        )
        hand_in_sheet(
            actor=Actor(self.technician),
            occurred_at=now(),
            stocktake_id=self.shared_count.pk,
            lines=[{"part_id": self.part.pk, "quantity": Decimal(3)}],
        )
        self.odd_part = provisional_part(actor=Actor(self.technician), occurred_at=now(), model="XS-9")

    def _wish(self) -> Requisition:
        """The technician wants two valves."""
        return submit_requisition(
            actor=Actor(self.technician),
            occurred_at=now(),
            location_id=self.van.pk,
            depot_id=self.depot.pk,
            lines=[{"part_id": self.part.pk, "quantity": Decimal(2)}],
            reason="for Monday",
            ticket_id=uuid7(),
            visit_id=uuid7(),
        )

    def _transfer(self, target: Location) -> Transfer:
        """Two valves from the depot, as the storekeeper writes it."""
        return create_transfer(
            actor=Actor(self.people.storekeeper),
            occurred_at=now(),
            from_location_id=self.depot.pk,
            to_location_id=target.pk,
            lines=[{"part_id": self.part.pk, "quantity": Decimal(2)}],
            note="with the morning van",
        )

    def _the_work(self) -> None:
        """A ticket in each state, each with a visit of the technician; a visit in each state."""
        tom, agent = Actor(self.technician), Actor(self.people.agent)

        self.new_ticket = self._complaint()
        start, end = self.world.window()
        self.scheduled_visit = work.schedule_visit(
            actor=Actor(self.people.dispatcher),
            occurred_at=now(),
            ticket_id=self.new_ticket.pk,
            technician_id=self.technician.pk,
            window_start=start,
            window_end=end,
        )
        self.allocation = Allocation.objects.create(
            location=self.van,
            part=self.part,
            quantity=1,
            visit_id=self.scheduled_visit.pk,
            ticket_id=self.new_ticket.pk,
            technician=self.technician,
            made_at=now(),
        )
        self.dispatched_visit = self._sent(self._complaint())
        self.notice = Notice.objects.get(user=self.technician, subject_id=self.dispatched_visit.pk)
        self.on_site_visit = self._sent(self._complaint())
        self._arrives(self.on_site_visit)
        self._crews()

        self.shift_start = clock_in(actor=tom, occurred_at=now())
        completed = self._sent(self._complaint())
        self.check_in = self._arrives(completed)
        self.part_use = work.use_part(
            actor=tom,
            occurred_at=now(),
            visit_id=completed.pk,
            part_id=self.part.pk,
            quantity=Decimal(1),
            serial="S-1",
        )
        self.movement = self.part_use.movement
        work.complete_visit(
            actor=tom,
            occurred_at=now(),
            visit_id=completed.pk,
            resolution_code="repaired",
            parts_answer="used",
            signed_by="Rosa",
        )
        self.resolved_ticket = Ticket.objects.get(pk=completed.ticket_id)

        self.calendar_secret = make_calendar_link(actor=tom, occurred_at=now())
        self.ticket = self._waiting_to_be_planned()
        self.target, self.reference = "on_site", self.ticket.reference
        self.note = add_note(actor=tom, occurred_at=now(), ticket_id=self.ticket.pk, text="The valve leaks.")
        self.message = send_message(
            actor=Actor(self.resident), occurred_at=now(), ticket_id=self.ticket.pk, text="When will you come?"
        )
        self.photo, self.public_photo = (self._photo(internal=internal) for internal in (True, False))
        self.upload = begin_upload(
            actor=tom, occurred_at=now(), length=9, metadata=Metadata(raw="", id=None, content_type="", sha256="")
        ).key
        self.call = log_call(
            actor=agent,
            occurred_at=now(),
            direction="in",
            result="ticket_attached",
            resident_id=self.resident.pk,
            caller_number="+8613812345678",
            site_id=self.site.pk,
            account_id=self.account.pk,
            ticket_id=self.ticket.pk,
            question="When will he come?",
        )
        self._what_was_promised_by_phone()
        self.merged_ticket = self._waiting_to_be_planned()
        merge_ticket(actor=agent, occurred_at=now(), ticket_id=self.merged_ticket.pk, main_id=self.new_ticket.pk)
        self.held_ticket = self._waiting_to_be_planned()
        hold_ticket(actor=agent, occurred_at=now(), ticket_id=self.held_ticket.pk, reason="no_access")

    def _the_charges(self) -> None:
        """A price list of the north; a quote that the resident has to answer, and work to which they never agreed."""
        alma: dict[str, Any] = {"actor": Actor(self.people.administrator), "occurred_at": now()}
        self.price_item = create_item(code="labour", name="Labour", unit="visit", **alma)
        valve = create_item(code="valve", name="Valve", part_id=self.part.pk, **alma)
        lately: dict[str, Any] = {"valid_from": now().date() - timedelta(days=9), "territory_id": self.people.north.pk}
        terms: dict[str, Any] = {"currency": "CNY", "tax_rate": Decimal(13), **alma}
        self.price = set_price(item_id=self.price_item.pk, amount=8000, **lately, **terms)
        self.coming_price = set_price(item_id=self.price_item.pk, amount=1, valid_from=date(2090, 1, 1), **terms)
        of_valve = set_price(item_id=valve.pk, amount=900, **lately, **terms)
        visit, phone = self._sent(self._complaint()), self.phones["technician"]
        self._arrives(visit)
        lines = [{"item_id": self.price_item, "quantity": "1"}]
        shown = self.ticket.visits.get()
        phone.does("quote.make", hours_ago=5, ticket_id=self.ticket, visit_id=shown, lines=lines)
        phone.does("part.use", visit_id=visit, part_id=self.part, quantity="1")
        phone.does("visit.complete", visit_id=visit, resolution_code="repaired", parts_answer="used", signed_by="Rosa")
        assert phone.push() == ["applied"] * 3, phone.answers
        phone.outbox.clear()
        self.quote, self.gap = Quote.objects.get(), ConsentGap.objects.get()
        Ticket.objects.filter(pk=self.ticket.pk).update(escalated_at=now())
        self.escalation = Escalation.objects.create(
            ticket=self.ticket, visit=shown, days=3, escalated_at=now(), received_at=now()
        )
        self.installation = Installation.objects.create(ticket=self.gap.ticket, installed_at=now())
        self._the_money()
        of_valve.delete()  # nobody is to be asked for consent where something else is looked at

    def _what_was_promised_by_phone(self) -> None:
        """The agent calls back about the ticket, and has asked a colleague to; another one waits for the team."""
        agent = Actor(self.people.agent)
        self.second_agent = self.people.second_agent
        asked: dict[str, Any] = {
            "resident_id": self.resident.pk,
            "ticket_id": self.ticket.pk,
            "question": "How much is it?",
        }
        self.callback, self.waiting_callback = (
            promise_callback(actor=agent, occurred_at=now(), for_team=for_team, **asked) for for_team in (False, True)
        )
        self.incoming_sms = sms_came(
            actor=Actor.system(),
            occurred_at=now(),
            provider_id="SM-1",
            sender=self.resident.phone or "",
            text="Call 138 1234 5678",
        )
        IncomingSms.objects.filter(pk=self.incoming_sms.pk).update(ticket=self.ticket)
        hand_over_callback(
            actor=agent, occurred_at=now(), callback_id=self.callback.pk, person_id=self.people.dispatcher.pk
        )
        self.staff_complaint, self.taken_complaint = (
            file_staff_complaint(
                actor=Actor(self.people.agent, on_behalf_of=self.resident),
                occurred_at=now(),
                text="He was rude.",
                happened_at=now(),
                person_id=self.technician.pk,
                ticket_id=self.ticket.pk,
            )
            for _ in range(2)
        )
        take_staff_complaint(
            actor=Actor(self.people.supervisor),
            occurred_at=now(),
            complaint_id=self.taken_complaint.pk,
            reply="I look into it.",
        )
        self.quota = CallbackQuota.objects.create(
            territory=self.people.north, per="team", most_open=99, valid_from="2026-11-01"
        )

    def _the_money(self) -> None:
        """A bill for what was agreed to; cash, a link, refunds to decide and to pay; work that is not billed yet."""
        agent: dict[str, Any] = {"actor": Actor(self.people.agent), "occurred_at": now()}
        about: dict[str, Any] = {"ticket_id": self.resolved_ticket.pk}
        self._agreed(5)
        self.bill = make_bill(**about, **agent)
        cash: dict[str, Any] = {"currency": "CNY", **about}
        phone = self.phones["technician"]
        phone.does("payment.take", hours_ago=5, amount=25000, receipt_number="T-1", **cash)
        assert phone.push() == ["applied"], phone.answers
        phone.outbox.clear()
        self.payment = Payment.objects.get()
        taken: dict[str, Any] = {"actor": Actor(self.technician), "occurred_at": now()}
        handed_in = take_payment(amount=5000, receipt_number="T-2", **cash, **taken)
        self.hand_in = hand_in_cash(
            actor=Actor(self.people.storekeeper),
            occurred_at=now(),
            technician_id=self.technician.pk,
            payments=[handed_in.pk],
            counted=5000,
            note="in coins",
        )
        self.link = ask_for_link(**about, **agent)
        self.refund = request_refund(amount=24000, reason="It broke again.", **about, **agent)
        self.approved_refund = request_refund(amount=100, reason="Goodwill.", **about, **agent)
        part: dict[str, Any] = {"part_id": self.part.pk, "months": 12, "valid_from": date(2026, 11, 1)}
        self.term = set_warranty_term(actor=Actor(self.people.administrator), occurred_at=now(), **part)
        work: dict[str, Any] = {"service_type": self.service_type.code, "days": 9, "valid_from": date(2090, 1, 1)}
        self.coming_term = set_warranty_term(actor=Actor(self.people.administrator), occurred_at=now(), **work)
        self.warranty = Warranty.objects.create(
            kind="repair",
            ticket=self.resolved_ticket,
            site=self.site,
            service_type=self.service_type,
            since=now() - timedelta(days=9),
            until=(now() - timedelta(days=5)).date(),
        )
        self.failed_repayment = self._refund_that_failed(about, agent)
        self._agreed(1)

    def _refund_that_failed(self, about: dict[str, Any], agent: dict[str, Any]) -> Repayment:
        """Of what was paid by a link; the provider has refused it."""
        provider: dict[str, Any] = {"actor": Actor.system(), "occurred_at": now()}
        link = ask_for_link(amount=700, **about, **agent)
        payment_came(reference=link.pk, payment_id="P-7", amount=700, currency="CNY", **provider)
        request_refund(amount=700, reason="Twice.", **about, **agent)
        repayment = Repayment.objects.get(payment__receipt_number="P-7")
        note_failed(repayment_id=repayment.pk, reason="The card was cancelled.", in_doubt=False, **provider)
        return repayment

    def _agreed(self, quantity: int) -> None:
        """So much labour, on the phone."""
        lines = [{"item_id": self.price_item.pk, "quantity": Decimal(quantity)}]
        agent, ticket = Actor(self.people.agent), self.resolved_ticket
        shown = make_quote(actor=agent, occurred_at=now(), ticket_id=ticket.pk, lines=lines)
        on_the_line = Actor(self.people.agent, on_behalf_of=self.resident)
        answer_quote(actor=on_the_line, occurred_at=now(), quote_id=shown.pk, accepted=True)

    def _photo(self, *, internal: bool) -> Attachment:
        """A photo of the technician's, content and all."""
        phone, content = self.phones["technician"], picture()
        upload_id = send_by_tus(phone.client, content)
        return add_attachment(
            actor=Actor(self.technician, device_id=phone.device.pk),
            occurred_at=now(),
            ticket_id=self.ticket.pk,
            kind="photo",
            internal=internal,
            upload_id=upload_id,
        )

    def _complaint(self) -> Ticket:
        """A new ticket of the resident's, at their account."""
        return open_ticket(
            actor=Actor(self.people.agent),
            occurred_at=now(),
            service_type=self.service_type.code,
            details={},
            contact_name="Rosa",
            account_number=self.account.number,
        )

    def _sent(self, ticket: Ticket) -> Visit:
        triage_ticket(actor=Actor(self.people.agent), occurred_at=now(), ticket_id=ticket.pk)
        return self.world.dispatched_visit(ticket=ticket)

    def _crews(self) -> None:
        """The mate goes along with the technician; elsewhere the technician with the mate, who asks them to lead."""
        dora, mate = Actor(self.people.dispatcher), self.people.mate
        self.led_visit = self._sent(self._complaint())
        self.mates_visit = add_companion(
            actor=dora, occurred_at=now(), visit_id=self.led_visit.pk, technician_id=mate.pk
        )
        mates_lead = self.world.dispatched_visit(mate, self._complaint())
        self.visit_to_lead = add_companion(
            actor=dora, occurred_at=now(), visit_id=mates_lead.pk, technician_id=self.technician.pk
        )
        hand_over_lead(actor=dora, occurred_at=now(), visit_id=mates_lead.pk, companion_id=self.visit_to_lead.pk)

    def _arrives(self, visit: Visit) -> CheckIn:
        return work.check_in(actor=Actor(visit.technician), occurred_at=now(), visit_id=visit.pk)

    def _waiting_to_be_planned(self) -> Ticket:
        """A ticket where the technician has been, and has not finished."""
        visit = self._sent(self._complaint())
        self._arrives(visit)
        work.leave_incomplete(
            actor=Actor(self.technician),
            occurred_at=now(),
            visit_id=visit.pk,
            reason="Nobody at home.",
            next_visit_wanted=True,
        )
        return Ticket.objects.get(pk=visit.ticket_id)

    def _the_inspections(self) -> None:
        """Boilers of hotels every day, of which one is overdue; contracts every day; valves that are too old."""
        alma: dict[str, Any] = {"actor": Actor(self.people.administrator), "occurred_at": now()}
        yesterday = now().date() - timedelta(days=2)
        terms: dict[str, Any] = {
            "service_type_id": self.service_type.pk,
            "territory_id": self.people.north.pk,
            "rule": "FREQ=DAILY;INTERVAL=3",
            "starts_on": yesterday,
            "lead_days": 0,
            **alma,
        }
        ServiceAccount.objects.filter(pk=self.account.pk).update(customer_class="hotel")
        Asset.objects.filter(pk=self.asset.pk).update(installed_on=date(2010, 1, 1))
        about: dict[str, Any] = {"subject": "asset", "asset_kind": "boiler", "customer_class": "hotel"}
        self.plan = create_plan(code="boiler", name="Boiler", **about, **terms)
        contracts = create_plan(code="contract", name="Contract", subject="account", **terms)
        self.life = create_life(
            asset_kind="boiler",
            component="valve",
            months=12,
            valid_from=yesterday,
            service_type_id=self.service_type.pk,
            territory_id=self.people.north.pk,
            **alma,
        )
        # The last noon in the north, where nothing is raised at night.
        noon = (now() - timedelta(hours=4)).replace(hour=4)
        for plan in (self.plan, contracts):
            raise_by_plan(actor=Actor.system(), occurred_at=noon, plan_id=plan.pk)
        raise_by_age(actor=Actor.system(), occurred_at=noon, life_id=self.life.pk)
        self.inspection = Inspection.objects.get(plan=self.plan)
        self.coming_day = yesterday + timedelta(days=300)

    def _the_samples(self) -> None:
        """One of the technician's visits, which a supervisor has reviewed."""
        supervisor, today = Actor(self.people.supervisor), now().date()
        visit = self._sent(self._complaint())
        self._arrives(visit)
        done: dict[str, Any] = {"resolution_code": "repaired", "parts_answer": "none", "signed_by": "Rosa"}
        work.complete_visit(actor=Actor(self.technician), occurred_at=now(), visit_id=visit.pk, **done)
        confirm_ticket(actor=Actor(self.resident), occurred_at=now(), ticket_id=visit.ticket_id)
        self.finished_visit = visit
        words = {"code": "part_missing", "text": "A part was missing", "text_zh": "缺少配件"}
        RatingReason.objects.create(whose="technician", **words)
        self.visit_rating = rate_visit(
            actor=Actor(self.technician),
            occurred_at=now(),
            visit_id=self.resolved_ticket.visits.get().pk,
            score=3,
            reasons=["part_missing"],
        )
        self.sample = draw_sample(
            actor=supervisor,
            occurred_at=now(),
            territory_id=self.people.north.pk,
            first=today - timedelta(days=1),
            last=today + timedelta(days=1),
            technician_id=self.technician.pk,
            agent_id=Ticket.objects.get(pk=visit.ticket_id).opened_by_id,
            service_type=self.service_type.code,
        )
        self.sampled_ticket = SampledTicket.objects.get(sample=self.sample, ticket=visit.ticket_id)
        review_ticket(
            actor=supervisor,
            occurred_at=now(),
            sampled_id=self.sampled_ticket.pk,
            against="paper",
            findings=[{"field": "fault", "differs": False, "told": ""}],
        )

    def _the_hand_over(self) -> None:
        """An agent's, who is none of the table, to the dispatcher."""
        self.hand_over = give_hand_over(
            actor=Actor(self.people.second_agent),
            occurred_at=now(),
            territory_id=self.people.north.pk,
            person_id=self.people.dispatcher.pk,
        )

    def _the_scorecards(self) -> None:
        """What technicians are judged by, this month and in years to come, and what was said of one of them."""
        administrator, month = Actor(self.people.administrator), Month.of(now().date())
        names: dict[str, Any] = {"code": "technicians", "name": "Technicians", "name_zh": "维修人员"}
        self.scorecard = create_scorecard(actor=administrator, occurred_at=now(), subject="technician", **names)
        criteria = [{"indicator": "mark", "name": "Cooperation", "name_zh": "协作", "weight": 100}]
        self.scorecard_version, self.coming_version = (
            add_version(
                actor=administrator,
                occurred_at=now() - timedelta(days=40),
                scorecard_id=self.scorecard.pk,
                valid_from=valid_from,
                criteria=criteria,
            )
            for valid_from in (month.first, date(2030, 1, 1))
        )
        self.score_mark = mark_score(
            actor=Actor(self.people.supervisor),
            occurred_at=now(),
            criterion_id=self.scorecard_version.criteria.get().pk,
            territory_id=self.people.north.pk,
            person_id=self.technician.pk,
            month=month.first,
            points=80,
            reason="Helped a colleague.",
        )

    def _the_shifts(self) -> None:
        """The technician's plan of a day of a later week: in this one they may be sent at any hour."""
        start = now() + timedelta(days=9)
        planned: dict[str, Any] = {"technician": self.technician, "territory": self.people.north}
        self.shift = Shift.objects.create(
            starts_at=start,
            ends_at=start + timedelta(hours=9),
            state="published",
            published_at=now(),
            planned_by=self.people.dispatcher,
            **planned,
        )
        self.absence = Absence.objects.create(
            starts_at=start,
            ends_at=start + timedelta(hours=1),
            kind="leave",
            state="asked",
            asked_by=self.technician,
            asked_at=now(),
            **planned,
        )
        self.doubt = Doubt.objects.create(
            check_in=self.check_in, occurred_at=self.check_in.occurred_at, score=85, reasons={"no_position": {}}
        )
        self.attendance_day = AttendanceDay.objects.create(
            day=now().date() - timedelta(days=3),
            state="attended",
            late_s=600,
            marks=["no_clock_out"],
            told={**Verdict("attended", late_s=900).as_told()},
            **planned,
        )
        self.correction = AttendanceCorrection.objects.create(
            day=self.attendance_day,
            excused=True,
            reason="Flood.",
            corrected_by=self.people.supervisor,
            corrected_at=now(),
        )

    def _the_plans_of_a_day(self) -> None:
        """One to be looked at, and one that is being made."""
        asked: dict[str, Any] = {
            "territory": self.people.north,
            "asked_by": self.people.dispatcher,
            "asked_at": now(),
            "seconds_allowed": 60,
            "parts_required": False,
        }
        tomorrow = (now() + timedelta(days=1)).date()
        self.coming_plan = RoutePlan.objects.create(day=tomorrow, **asked)
        self.route_plan = RoutePlan.objects.create(
            day=tomorrow, status="ready", as_of=now(), ended_at=now(), travel_source="estimate", **asked
        )
        self.planned_stop = PlannedStop.objects.create(
            plan=self.route_plan,
            technician=self.technician,
            position=0,
            ticket=self.ticket,
            arrives_at=now(),
            begins_at=now(),
            leaves_at=now(),
        )

    def _what_the_phone_told(self) -> None:
        """A field that the desk had changed, work on a visit that was called off, a part that was not aboard."""
        phone, dispatcher = self.phones["technician"], Actor(self.people.dispatcher)
        called_off = self._sent(self._complaint())
        edit_ticket(actor=dispatcher, occurred_at=now(), ticket_id=self.ticket.pk, contact_name="Sister")
        work.cancel_visit(actor=dispatcher, occurred_at=now(), visit_id=called_off.pk, reason="Filed twice.")

        phone.does("ticket.edit", ticket_id=self.ticket, contact_name="Brother", base={"contact_name": "Rosa"})
        phone.does("visit.check_in", visit_id=called_off)
        phone.does("part.use", visit_id=self.on_site_visit, part_id=self.world.part("RARE"), quantity="1")
        refused = phone.does(
            "visit.complete", visit_id=self.dispatched_visit, resolution_code="repaired", parts_answer="none"
        )
        blocked = phone.does(
            "note.add", ticket_id=self.ticket, text="As I said when I was done.", depends_on=[refused["id"]]
        )
        assert phone.push() == ["conflict", "conflict", "applied", "refused", "blocked"], phone.answers
        self.clash = Conflict.objects.get(collection="tickets")
        self.overtaken = Conflict.objects.get(collection="visits")
        self.discrepancy = Discrepancy.objects.get(kind="short")
        self.refused_operation = UUID(refused["id"])
        self.blocked_operation = UUID(blocked["id"])

    def _the_configuration(self) -> None:
        self.skill = Skill.objects.create(code="gas", name="Gas", name_zh="燃气")
        self.technician.skills.add(self.skill)
        self.calendar = BusinessCalendar.objects.create(code="office", name="Office", time_zone="Asia/Shanghai")
        for day in range(7):
            self.offered_window = OfferedWindow.objects.create(
                territory=self.people.north, weekday=day, opens="20:00", closes="22:00"
            )
        self.depot_counter = DepotCounter.objects.create(depot=self.depot, latitude=34.2, longitude=108.9)
        self.speed_table = SpeedTable.objects.create(territory=self.people.north)
        self.weights = SuggestionWeights.objects.create(
            holds_from=now() - timedelta(days=1), holds_until=now() + timedelta(days=8)
        )
        self.coming_weights = SuggestionWeights.objects.create(
            service_type=self.service_type, holds_from=now() + timedelta(days=9)
        )
        self.auto_dispatch_rule = AutoDispatchRule.objects.create(
            service_type=self.service_type, opens=time(), closes=time()
        )
        self.rating_reason = RatingReason.objects.create(code="late", text="Came late", text_zh="迟到")
        self.template = ReplyTemplate.objects.create(
            code="late",
            kind="delay",
            territory=self.people.north,
            service_type=self.service_type,
            text="{reference} takes longer.",
            text_zh="{reference} 将延后。",
        )
        with override_settings(PUBLIC_URL="https://repairs.example"):
            self.unsubscribe_token = unsubscribe_link(self.resident.pk, "email").rpartition("/")[2]
        self.former_unsubscribe_token = FORMER.sign(f"{self.resident.pk.hex}-email")
        self.letter = Message.objects.create(
            notice=self.notice, address="+8613900000001", text="New visit", dedupe_key="letter", status="dead"
        )
        User.objects.filter(pk=self.technician.pk).update(phone=self.letter.address)
        browser = {"endpoint": "https://fcm.googleapis.com/tom", "p256dh": "", "auth": "", "subscribed_at": now()}
        PushSubscription.objects.create(
            person=self.technician, device_id=self.phones["technician"].device.pk, **browser
        )
        self.escalation_plan = EscalationPlan.objects.create(
            kind="hand_over_asked", territory=self.people.north, steps=[{"minutes": 5, "way": "supervisors"}]
        )
        self.policy = SlaPolicy.objects.create(code="quick", name="Quick")
        self.unused_policy = SlaPolicy.objects.create(code="spare", name="Spare")
        period: dict[str, Any] = {
            "actor": Actor(self.people.administrator),
            "occurred_at": now(),
            "policy_id": self.policy.pk,
        }
        self.period = add_policy_period(**period, customer_class="gold", service_type=self.service_type.code)
        self.coming_period = add_policy_period(
            **period,
            customer_class="gold",
            holds_from=now() + timedelta(days=9),
            holds_until=now() + timedelta(days=10),
        )
        for role in PEOPLE:
            person: User = getattr(self.people, role)
            if person.works_here:
                person.set_password(PASSWORD)
                person.save(update_fields=["password"])
        phone = self.resident.phone or ""
        OneTimeCode.objects.create(phone=phone, digest=codes.digest(phone, CODE), expires_at=now() + timedelta(days=1))

    def _the_outages(self) -> None:
        """Two of the resident's tickets are part of one that was accepted, two of one that nobody has decided about."""
        for fault, area in (("burst", "Pump house"), ("cold", "Boiler house")):
            ServiceType.objects.filter(pk=self.service_type.pk).update(outage_tickets=2)
            for number in (1, 2):
                self.follower = open_ticket(
                    actor=Actor(self.people.agent),
                    occurred_at=now(),
                    service_type=self.service_type.code,
                    details={"fault": fault},
                    contact_name="Rosa",
                    resident_id=self.resident.pk,
                    complex=area,
                    address=f"Flat {number}",
                    territory_id=self.people.north.pk,
                )
            outage = Outage.objects.get(fault=fault)
            if fault == "burst":
                self.accepted_outage, inside, dora = outage, self.follower, Actor(self.people.dispatcher)
                accept_outage(actor=dora, occurred_at=now(), outage_id=outage.pk, message="Wait.")
                seen = self._waiting_to_be_planned()
                attach_ticket(actor=dora, occurred_at=now(), outage_id=outage.pk, ticket_id=seen.pk)
        self.proposed_outage, self.follower = outage, inside
        self.segment = NetworkSegment.objects.create(territory=self.people.north, code="trunk-7", name="Trunk cable 7")
        NetworkConnection.objects.create(segment=self.segment, site=self.site, since=now())
        Outage.objects.filter(pk=self.accepted_outage.pk).update(segment=self.segment)
        ServiceType.objects.filter(pk=self.service_type.pk).update(outage_tickets=5)

    def _what_is_audited(self) -> None:
        """The newest entry of the audit: the supervisor has changed the site."""
        changed = self.clients["supervisor"].patch(f"/api/v1/sites/{self.site.pk}", {"access_notes": "Two keys."})
        assert changed.status_code == 200, changed.content

    def _what_the_others_have(self) -> None:
        """The neighbour's complaint, which is the colleague's work; and one that only the south knows."""
        people = self.people
        theirs = open_ticket(
            actor=Actor(people.neighbour),
            occurred_at=now(),
            service_type=self.service_type.code,
            details={},
            address="Station Road 9",
            territory_id=people.north.pk,
        )
        part = self.world.part("HOSE", aboard=9, technician=people.colleague)
        self.colleagues_van = self.world.van(people.colleague)
        visit = self.world.dispatched_visit(people.colleague, theirs)
        self._arrives(visit)
        work.use_part(
            actor=Actor(people.colleague), occurred_at=now(), visit_id=visit.pk, part_id=part.pk, quantity=Decimal(1)
        )
        self.colleagues_visit = visit
        self.southern_ticket = open_ticket(
            actor=Actor(people.southern_dispatcher),
            occurred_at=now(),
            service_type=self.service_type.code,
            details={},
            contact_name="Sven",
            address="Harbour 1",
        )

    def play_on(self) -> None:
        """The day goes on: another visit, news at the ones that there are, a resolved conflict, parts that move."""
        tom, dora = Actor(self.technician), Actor(self.people.dispatcher)
        self._sent(self._complaint())
        work.accept_visit(actor=tom, occurred_at=now(), visit_id=self.dispatched_visit.pk)
        work.start_travel(actor=tom, occurred_at=now(), visit_id=self.dispatched_visit.pk)
        self._arrives(self.dispatched_visit)
        work.use_part(
            actor=tom,
            occurred_at=now(),
            visit_id=self.on_site_visit.pk,
            part_id=self.part.pk,
            quantity=Decimal(1),
        )
        edit_ticket(actor=dora, occurred_at=now(), ticket_id=self.ticket.pk, access_notes="Second door.")
        add_note(actor=dora, occurred_at=now(), ticket_id=self.ticket.pk, text="He waits for us.")
        send_message(actor=dora, occurred_at=now(), ticket_id=self.ticket.pk, text="At noon.")
        resolve_conflict(actor=dora, occurred_at=now(), conflict_id=self.clash.pk, keep="device")

    @property
    def delivery(self) -> Notice:
        """Of what was to be acknowledged, the last one about a ticket: it stands on the first page."""
        return self._deliveries().filter(wants_ack=True, ticket_id__isnull=False).latest("created_at")

    def _deliveries(self) -> QuerySet[Notice]:
        return deliveries(Actor(user=self.people.dispatcher))

    def rows(self) -> Rows:
        """All that there is of the resident's complaints and of the technician's work, and what they go by."""
        tickets = Ticket.objects.filter(resident=self.resident)
        visits = Visit.objects.filter(technician=self.technician)
        said = Note.objects.filter(ticket__in=tickets)
        van, tom = self.van, self.technician
        return {
            "GET /tickets/{ticket}": _ids(tickets),
            "GET /tickets/{ticket}/notes": _ids(said.filter(kind="note")),
            "GET /tickets/{ticket}/messages": _ids(said.filter(kind="message")),
            "GET /outages/{proposed_outage}": [self.proposed_outage.pk, self.accepted_outage.pk],
            "GET /network-segments/{segment}": [self.segment.pk],
            "GET /attachments/{photo}": [self.photo.pk],
            "GET /attachments/{public_photo}": [self.public_photo.pk],
            "PATCH /uploads/{upload}": [self.upload],
            "GET /visits/{dispatched_visit}": _ids(visits),
            "GET /check-ins/{check_in}": _ids(CheckIn.objects.filter(technician=self.technician)),
            "GET /part-uses/{part_use}": _ids(PartUse.objects.filter(visit__in=visits)),
            "GET /sites/{site}": [self.site.pk],
            "GET /service-accounts/{account}": [self.account.pk, self.offered_account.pk],
            "GET /recoveries/{recovery}": [self.recovery.pk],
            "POST /account-offers/{offer}/withdraw": [self.offer.pk],
            "GET /assets/{asset}": [self.asset.pk],
            "GET /parts/{part}": [self.part.pk, self.old_part.pk, self.odd_part.pk],
            "GET /locations/{van}": [van.pk],
            "GET /stock/{balance}": _ids(StockBalance.objects.filter(location=van)),
            "GET /stock/movements/{movement}": _ids(StockMovement.objects.filter(from_location=van)),
            "GET /stock/levels/{level}": [self.level.pk],
            "GET /stock/allocations/{allocation}": [self.allocation.pk],
            "GET /requisitions/{requisition}": [self.requisition.pk, self.approved_requisition.pk],
            "GET /stocktakes/{stocktake}": [self.stocktake.pk, self.shared_count.pk],
            "GET /transfers/{transfer}": [self.transfer.pk],
            "GET /transfers/{draft_transfer}": [self.draft_transfer.pk],
            "GET /discrepancies/{discrepancy}": [self.discrepancy.pk],
            "POST /notices/{notice}/acknowledge": _ids(Notice.objects.filter(user=tom)),
            "GET /deliveries/{delivery}": _ids(self._deliveries()),
            "GET /outgoing-messages/{letter}": [self.letter.pk],
            "GET /escalation-plans/{escalation_plan}": [self.escalation_plan.pk],
            "GET /sync/conflicts/{clash}": [self.clash.pk, self.overtaken.pk],
            "POST /sync/devices/{lost_phone}/cut-off": [self.lost_phone.pk],
            "POST /sync/operations/{refused_operation}/release": [self.refused_operation, self.blocked_operation],
            "GET /users/{technician}": [tom.pk],
            "GET /users/{resident}": [self.resident.pk],
            "GET /price-items/{price_item}": _ids(PriceItem.objects.all()),
            "GET /prices/{price}": [self.price.pk],
            "GET /warranty-terms/{term}": [self.term.pk, self.coming_term.pk],
            "GET /quotes/{quote}": _ids(Quote.objects.all()),
            "GET /consent-gaps/{gap}": [self.gap.pk],
            "GET /escalations/{escalation}": [self.escalation.pk],
            "GET /installations/{installation}": [self.installation.pk],
            "GET /calls/{call}": _ids(Call.objects.filter(ticket__in=tickets)),
            "GET /callbacks/{callback}": [self.callback.pk, self.waiting_callback.pk],
            "GET /staff-complaints/{staff_complaint}": [self.staff_complaint.pk, self.taken_complaint.pk],
            "GET /incoming-sms/{incoming_sms}": [self.incoming_sms.pk],
            "GET /callback-quotas/{quota}": [self.quota.pk],
            "GET /offered-windows": _ids(OfferedWindow.objects.all()),
            "GET /route-plans/{route_plan}": [self.route_plan.pk, self.coming_plan.pk],
            "GET /route-plans/{route_plan}/stops": [self.planned_stop.pk],
            "GET /depot-counters": [self.depot_counter.pk],
            "GET /speed-tables": [self.speed_table.pk],
            "GET /suggestion-weights/{weights}": [self.weights.pk, self.coming_weights.pk],
            "GET /auto-dispatch-rules": [self.auto_dispatch_rule.pk],
            "GET /rating-reasons": [self.rating_reason.pk],
            "GET /hand-overs/{hand_over}": [self.hand_over.pk],
            "GET /visit-ratings/{visit_rating}": [self.visit_rating.pk],
            "GET /reply-templates/{template}": [self.template.pk],
            "GET /bills/{bill}": [self.bill.pk],
            "GET /payments/{payment}": _ids(Payment.objects.all()),
            "GET /payment-links/{link}": [self.link.pk],
            "GET /cash-hand-ins/{hand_in}": [self.hand_in.pk],
            "GET /refunds/{refund}": _ids(Refund.objects.all()),
            "GET /repayments/{failed_repayment}": _ids(Repayment.objects.all()),
            "GET /inspection-plans/{plan}": _ids(InspectionPlan.objects.all()),
            "GET /service-lives/{life}": [self.life.pk],
            "GET /inspections/{inspection}": _ids(Inspection.objects.all()),
            "GET /samples/{sample}": [self.sample.pk],
            "GET /sampled-tickets/{sampled_ticket}": [self.sampled_ticket.pk],
            "GET /scorecards/{scorecard}": [self.scorecard.pk],
            "GET /score-marks/{score_mark}": [self.score_mark.pk],
            "GET /service-types/{service_type}": [self.service_type.pk],
            "GET /calendars/{calendar}": [self.calendar.pk],
            "GET /sla-policies/{policy}": [self.policy.pk, self.unused_policy.pk],
            "GET /policy-periods/{period}": [self.period.pk, self.coming_period.pk],
            "GET /territories": [self.people.north.pk],
            "GET /shifts/{shift}": [self.shift.pk],
            "GET /absences/{absence}": [self.absence.pk],
            "GET /doubtful-check-ins/{doubt}": [self.doubt.pk],
            "GET /attendance-days/{attendance_day}": [self.attendance_day.pk],
            "GET /audit": [self.site.pk],
            "GET /skills": [self.skill.pk],
        }

    def named(self, name: str) -> Any:
        """What a placeholder stands for: the id of a row, or a word."""
        thing = getattr(self, name)
        return getattr(thing, "pk", thing)


def _ids(rows: Any) -> list[UUID]:
    return list(rows.values_list("pk", flat=True))


class Standing:
    """What stands in our tables on an untouched stage, to see whether something was written to it."""

    def __init__(self, *, besides: Iterable[str] = ()) -> None:
        models = (model for app in APPS for model in apps.get_app_config(app).get_models())
        self.tables = sorted({model._meta.db_table for model in models} - {*besides})
        self.digests = self._digests()

    def writes(self) -> int:
        """How often this transaction has written to any of them, what was undone among it."""
        written = "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_xact_user_tables WHERE relname = ANY(%s)"
        with connection.cursor() as cursor:
            cursor.execute(written, [self.tables])
            [(writes,)] = cursor.fetchall()
        return int(writes)

    def is_as_it_was(self, *, writes: int) -> bool:
        """Whether nothing of what was written since `writes` is left. Only where something was are all rows read."""
        return self.writes() == writes or self._digests() == self.digests

    def _digests(self) -> list[tuple[str, int, str]]:
        """How many rows each table has, and a digest of all that is in them."""
        digests = " UNION ALL ".join(
            f"SELECT '{table}', count(*), md5(string_agg(row::text, '' ORDER BY row::text)) FROM {table} row"
            for table in self.tables
        )
        with connection.cursor() as cursor:
            cursor.execute(digests)
            return [*cursor.fetchall()]
