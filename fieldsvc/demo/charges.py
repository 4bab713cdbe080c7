"""What was charged in Beilin today, what was free under warranty, what went back; and who asked for their account."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from accounts.models import User
from fieldsvc.demo.identity import demo_id
from fieldsvc.demo.places import PLACES
from fieldsvc.demo.playing import opened, play_steps
from fieldsvc.time import now
from parts.catalogue.models import Part
from sync.commands import Actor
from tickets.bills.models import Bill
from tickets.bills.services import make_bill
from tickets.complaints.models import Ticket
from tickets.complaints.services import open_ticket, resolve_ticket
from tickets.households.services import bind_by_desk
from tickets.payments.services import ask_for_link, open_link, payment_came
from tickets.prices.models import PriceItem
from tickets.quotes.services import answer_quote, make_quote
from tickets.recoveries.services import ask_recovery
from tickets.refunds.models import Repayment
from tickets.refunds.repaying import note_sent
from tickets.refunds.services import compensate_overcharge
from tickets.sites.models import ServiceAccount
from tickets.warranties.giving import give_warranties
from tickets.warranties.models import WarrantyTerm
from tickets.warranties.services import set_warranty_term

TICKET = demo_id("ticket", "again at Wenyi")
CHECKS = [{"question": question, "passed": True} for question in ("户主姓名 Name of the holder", "地址 Address")]
LONG_AGO = date(2026, 1, 1)
UNITS = ("FIB-ONT-10G", "FIB-ONT-1G", "FIB-RTR-AX3")
PAID: dict[str, Any] = {"payment_id": "DEMO-PAYMENT-1", "amount": 5000, "currency": "CNY"}


def warranty_terms() -> int:
    """Ninety days on repairs of broadband, two years on modems and routers. Answers how many are new."""
    system: dict[str, Any] = {"actor": Actor.system(), "occurred_at": now(), "valid_from": LONG_AGO}
    parts = Part.objects.filter(number__in=UNITS).values_list("pk", flat=True)
    terms: list[dict[str, Any]] = [{"service_type": "broadband", "days": 90}]
    terms += [{"part_id": part, "months": 24} for part in parts]
    if WarrantyTerm.objects.exists():
        return 0
    for term in terms:
        set_warranty_term(**term, **system)
    return len(terms)


def charges_were_played() -> bool:
    """Whether it stands there already."""
    return Ticket.objects.filter(pk=TICKET).exists()


def play_charges(*, until: datetime) -> int:
    """Let all of it happen in the hours before `until`; answers how many steps that were. Part of a command."""
    desk = _Desk()
    steps = (
        (timedelta(hours=3), desk.hears_that_it_is_down_again),
        (timedelta(minutes=170), desk.quotes_what_is_under_warranty_and_what_is_not),
        (timedelta(minutes=160), desk.resident_agrees),
        (timedelta(minutes=150), desk.clears_it),
        (timedelta(minutes=140), desk.bills),
        (timedelta(minutes=130), desk.asks_for_payment),
        (timedelta(minutes=110), desk.resident_pays),
        (timedelta(minutes=60), desk.has_charged_too_much),
        (timedelta(minutes=59), desk.money_goes_back),
        (timedelta(minutes=45), desk.binds_a_household),
        (timedelta(minutes=30), desk.lets_somebody_recover),
    )
    return play_steps(steps, until=until)


class _Desk:
    """Who does it, and for whom: the resident of Wenyi Road, whose broadband was repaired yesterday."""

    def __init__(self) -> None:
        self.agent = Actor(User.objects.get(username="agent"))
        self.supervisor = Actor(User.objects.get(username="supervisor"))
        self.resident = User.objects.get(phone="+8619900000201")
        self.site = next(place for place in PLACES if place.code == "wenyi")

    def hears_that_it_is_down_again(self, at: datetime) -> None:
        before = Ticket.objects.get(pk=opened(1))
        open_ticket(
            actor=self.agent,
            occurred_at=at,
            id=TICKET,
            service_type="broadband",
            details=before.details,
            contact_name=before.contact_name,
            contact_phone=before.contact_phone,
            site_id=demo_id("site", self.site.code),
            complex=before.complex,
            address=before.address,
            account_number=self.site.account,
            title=before.title,
        )
        give_warranties(actor=Actor.system(), occurred_at=at)

    def quotes_what_is_under_warranty_and_what_is_not(self, at: datetime) -> None:
        labour, router = (PriceItem.objects.get(code=code).pk for code in ("labour", "router-set-up"))
        wish = "应用户要求，与故障无关。At the customer's wish, and not for the fault."
        lines = [
            {"item_id": labour, "quantity": Decimal(1)},
            {"item_id": router, "quantity": Decimal(1), "charge_reason": wish},
        ]
        make_quote(actor=self.supervisor, occurred_at=at, id=demo_id("quote", "wenyi"), ticket_id=TICKET, lines=lines)

    def resident_agrees(self, at: datetime) -> None:
        actor = Actor(self.resident)
        answer_quote(actor=actor, occurred_at=at, quote_id=demo_id("quote", "wenyi"), accepted=True)

    def clears_it(self, at: datetime) -> None:
        code = "cleared_remotely"
        resolve_ticket(actor=self.agent, occurred_at=at, ticket_id=TICKET, resolution_code=code)

    def bills(self, at: datetime) -> None:
        make_bill(actor=self.agent, occurred_at=at, ticket_id=TICKET)

    def asks_for_payment(self, at: datetime) -> None:
        link = ask_for_link(actor=self.agent, occurred_at=at, id=demo_id("link", "wenyi"), ticket_id=TICKET)
        page = f"https://payments.invalid/{link.pk}"
        open_link(actor=Actor.system(), occurred_at=at, link_id=link.pk, url=page, provider_id="DEMO-LINK-1")

    def resident_pays(self, at: datetime) -> None:
        payment_came(actor=Actor.system(), occurred_at=at, reference=demo_id("link", "wenyi"), **PAID)

    def has_charged_too_much(self, at: datetime) -> None:
        bill = Bill.objects.get(ticket=TICKET)
        said: dict[str, Any] = {"overcharge": 1000, "reason": "路由器由用户自备。The router was the customer's own."}
        compensate_overcharge(actor=self.agent, occurred_at=at, id=demo_id("refund", "wenyi"), bill_id=bill.pk, **said)

    def money_goes_back(self, at: datetime) -> None:
        """No provider is asked: it is as if one had answered."""
        repayment = Repayment.objects.get(refund=demo_id("refund", "wenyi"))
        taken: dict[str, Any] = {"provider_id": "DEMO-REFUND-1", "done": True}
        note_sent(actor=Actor.system(), occurred_at=at, repayment_id=repayment.pk, **taken)

    def binds_a_household(self, at: datetime) -> None:
        account = ServiceAccount.objects.get(number="XA-100202")
        person = User.objects.get(phone="+8619900000203")
        bind_by_desk(actor=self.agent, occurred_at=at, account_id=account.pk, person_id=person.pk, checks=CHECKS)

    def lets_somebody_recover(self, at: datetime) -> None:
        ask_recovery(
            actor=self.agent,
            occurred_at=at,
            id=demo_id("recovery", "new number"),
            person_id=User.objects.get(phone="+8619900000204").pk,
            new_phone="+8619900000299",
            checks=CHECKS,
            reason="手机丢失，已换号。The phone was lost, and the number with it.",
        )
