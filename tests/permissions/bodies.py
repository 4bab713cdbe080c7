"""Bodies of requests that say nothing wrong, so that the person decides about the answer, and not the validation."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from fieldsvc.time import now
from notifications.push.keys import CURVE, base64url
from sync.ids import uuid7
from tests.permissions.stage import CODE, PASSWORD, Stage
from tests.phone import Phone
from tickets.scorecards.reckoning import Month
from tickets.windows.selectors import choice

CHUNK = "application/offset+octet-stream"
TUS = {"Tus-Resumable": "1.0.0"}

Body = dict[str, Any]


@dataclass(frozen=True)
class Raw:
    """Something else than JSON, and the headers that go with it."""

    content: bytes
    content_type: str
    headers: dict[str, str]


Builder = Callable[[Stage, Phone], Body | Raw]
"""The body that whoever holds this phone sends."""


def always(**body: Any) -> Builder:
    """The same, whoever sends it."""
    return lambda stage, phone: dict(body)


nothing = always()


def no_documents(stage: Stage, phone: Phone) -> Any:
    """A client that has nothing to tell."""
    return []


# Answering the phone

what_a_caller_says = always(q="Rosa")


def call(stage: Stage, phone: Phone) -> Body:
    """About a ticket, and a visit to it."""
    visit = stage.on_site_visit
    return {
        "direction": "in",
        "result": "ticket_attached",
        "question": "Where is he?",
        "ticket_id": visit.ticket_id,
        "visit_id": visit.pk,
    }


def callback(stage: Stage, phone: Phone) -> Body:
    return {"question": "How much is it?", "ticket_id": stage.ticket.pk, "caller_number": "13812345678"}


def staff_complaint(stage: Stage, phone: Phone) -> Body:
    """A resident complains about who came, or the desk writes down what the resident says."""
    about = {"text": "He was rude.", "happened_at": now(), "visit_id": stage.on_site_visit.pk}
    own = phone in (stage.phones["resident"], stage.phones["neighbour"])
    return about if own else {**about, "on_behalf_of": stage.resident.pk}


first_reply = always(reply="I look into it.")
staff_answer = always(outcome="upheld", answer="We are sorry.")


def the_colleague(stage: Stage, phone: Phone) -> Body:
    return {"person_id": stage.people.colleague.pk}


def callback_days(stage: Stage, phone: Phone) -> Body:
    return {"territory": stage.people.north.pk, "first": "2026-11-01", "last": "2026-11-30"}


def second_agent(stage: Stage, phone: Phone) -> Body:
    return {"person_id": stage.second_agent.pk}


def quota(stage: Stage, phone: Phone) -> Body:
    return {"territory_id": stage.people.north.pk, "per": "agent", "most_open": 9, "valid_from": "2026-11-01"}


def the_ticket(stage: Stage, phone: Phone) -> Body:
    return {"ticket": stage.ticket.pk}


def window(stage: Stage, phone: Phone) -> Body:
    """The last one that is on offer."""
    chosen = choice(stage.ticket, at=now()).offered[-1]
    return {"window_start": chosen.window_start.isoformat(), "window_end": chosen.window_end.isoformat()}


def window_to_offer(stage: Stage, phone: Phone) -> Body:
    return {"territory_id": stage.people.north.pk, "weekday": 0, "opens": "09:00", "closes": "11:00"}


def another_time(stage: Stage, phone: Phone) -> Body:
    start = now() + timedelta(days=23)
    return {"window_start": start.isoformat(), "window_end": (start + timedelta(hours=1)).isoformat()}


def day_to_plan(stage: Stage, phone: Phone) -> Body:
    """The one on which somebody works."""
    day = stage.shift.starts_at.astimezone(ZoneInfo(stage.people.north.time_zone)).date()
    return {"territory_id": stage.people.north.pk, "day": day.isoformat()}


def weights(stage: Stage, phone: Phone) -> Body:
    """After those of the stage have ended."""
    return {"holds_from": (now() + timedelta(days=20)).isoformat()}


def auto_dispatch(stage: Stage, phone: Phone) -> Body:
    """All day."""
    return {"service_type": stage.service_type.code, "from_score": 50, "opens": "00:00", "closes": "00:00"}


def segment(stage: Stage, phone: Phone) -> Body:
    return {"territory_id": stage.people.north.pk, "code": "main-3", "name": "Water main 3"}


def the_site(stage: Stage, phone: Phone) -> Body:
    return {"site_ids": [stage.site.pk]}


rating_reason = always(code="rude", text="Rude", text_zh="态度差")
template = always(code="hello", kind="other", text="Hello {name}.", text_zh="{name}，您好。")


def push_subscription(stage: Stage, phone: Phone) -> Body:
    """Of a browser of one's own."""
    point = ec.generate_private_key(CURVE).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    keys = {"p256dh": base64url(point), "auth": base64url(bytes(16))}
    return {"endpoint": f"https://fcm.googleapis.com/{phone.user.pk}", "keys": keys}


notice_choices = always(choices=[{"kind": "", "channel": "sms", "wanted": False}])
escalation_steps = always(steps=[{"minutes": 10, "way": "sms"}])
escalation_plan = always(kind="visit_dispatched", steps=[{"minutes": 10, "way": "sms"}])
template_text = always(text="Good day, {name}.")
smaller_quota = always(most_open=8)
no_answer = always(reached=False)

# Shifts


def shift(stage: Stage, phone: Phone) -> Body:
    """Of the technician, a week after the one that they have."""
    start = stage.shift.starts_at + timedelta(weeks=1)
    return {
        "territory_id": stage.people.north.pk,
        "technician_id": stage.technician.pk,
        "starts_at": start.isoformat(),
        "ends_at": (start + timedelta(hours=8)).isoformat(),
    }


def _monday(stage: Stage) -> date:
    day: date = stage.shift.starts_at.date()
    return day - timedelta(days=day.weekday())


def week(stage: Stage, phone: Phone) -> Body:
    return {"territory": stage.people.north.pk, "week": str(_monday(stage))}


def week_to_publish(stage: Stage, phone: Phone) -> Body:
    return {"territory_id": stage.people.north.pk, "week": str(_monday(stage))}


def week_to_copy(stage: Stage, phone: Phone) -> Body:
    monday = _monday(stage)
    weeks = {"from_week": str(monday), "to_week": str(monday + timedelta(weeks=2))}
    return {"territory_id": stage.people.north.pk, **weeks}


def pattern(stage: Stage, phone: Phone) -> Body:
    monday = _monday(stage) + timedelta(weeks=3)
    return {
        "territory_id": stage.people.north.pk,
        "technician_ids": [stage.technician.pk],
        "first_day": str(monday),
        "last_day": str(monday),
        "pattern": [{"weekday": 0, "starts": "08:00", "ends": "17:00"}],
    }


def leave(stage: Stage, phone: Phone) -> Body:
    return {"kind": "leave", "starts_at": now().isoformat(), "ends_at": (now() + timedelta(hours=1)).isoformat()}


def leave_of_tom(stage: Stage, phone: Phone) -> Body:
    return {"territory_id": stage.people.north.pk, "technician_id": stage.technician.pk, **leave(stage, phone)}


excuse = always(excused=True, reason="The road was flooded.")
seen = always(note="He was there.")
for_the_technician = always(note="Take the ladder.")
no_leave = always(answer="Too many are away.")

# Signing in


def password(stage: Stage, phone: Phone) -> Body:
    return {"username": stage.people.dispatcher.username, "password": PASSWORD}


def phone_number(stage: Stage, phone: Phone) -> Body:
    return {"phone": stage.resident.phone}


def one_time_code(stage: Stage, phone: Phone) -> Body:
    return {"phone": stage.resident.phone, "code": CODE}


new_password = always(password="staple battery horse")
own_new_password = always(present=PASSWORD, password="staple battery horse")

# People

rename = always(name="Another")
person = always(username="somebody", name="Somebody")


def role(stage: Stage, phone: Phone) -> Body:
    return {"role": "agent", "territory_id": stage.people.north.pk}


def recovery(stage: Stage, phone: Phone) -> Body:
    checks = [{"question": question, "passed": True} for question in ("Last repair?", "Address?")]
    return {
        "person_id": stage.people.neighbour.pk,
        "new_phone": "+8613900004444",
        "checks": checks,
        "reason": "SIM lost.",
    }


checks = always(checks=[{"question": question, "passed": True} for question in ("Last repair?", "Address?")])
no_news = always(about="in_app", given=False, wording="2026-11")

# Tickets


def complaint(stage: Stage, phone: Phone) -> Body:
    return {
        "service_type": stage.service_type.code,
        "contact_name": "Rosa",
        "address": "North Street 1",
        "territory_id": stage.people.north.pk,
    }


def account_complaint(stage: Stage, phone: Phone) -> Body:
    """The number of an account is no secret: it stands on every bill."""
    return {
        "service_type": stage.service_type.code,
        "contact_name": "Rosa",
        "account_number": stage.account.number,
    }


def site_complaint(stage: Stage, phone: Phone) -> Body:
    return {"service_type": stage.service_type.code, "contact_name": "Rosa", "site_id": stage.site.pk}


def civic_request(stage: Stage, phone: Phone) -> Raw:
    """As a civic app sends it: a form of the web."""
    form = {
        "service_code": stage.service_type.code,
        "address_string": "North Street 1",
        "jurisdiction_id": stage.people.north.code,
    }
    return Raw(urlencode(form).encode(), "application/x-www-form-urlencoded", {})


def for_the_resident(stage: Stage, phone: Phone) -> Body:
    return {"on_behalf_of": stage.resident.pk}


def what_was_said(stage: Stage, phone: Phone) -> Body:
    return {"service_type": stage.service_type.code, "site_id": stage.site.pk}


def main_ticket(stage: Stage, phone: Phone) -> Body:
    return {"main_id": stage.new_ticket.pk}


def other_ticket(stage: Stage, phone: Phone) -> Body:
    return {"other_id": stage.new_ticket.pk, "reason": "Two boilers."}


known = always(message="A main is broken.", message_zh="主管破裂。")


def declared_outage(stage: Stage, phone: Phone) -> Body:
    return {"main_id": stage.colleagues_visit.ticket_id, "message": "A main is broken."}


def ticket_outside(stage: Stage, phone: Phone) -> Body:
    return {"ticket_id": stage.ticket.pk}


def ticket_inside(stage: Stage, phone: Phone) -> Body:
    return {"ticket_id": stage.follower.pk, "reason": "Another pipe."}


contact = always(contact_name="Uncle")
priority = always(priority=1)
hold = always(reason="waiting_for_part")
reason = always(reason="It is so.")
remote_resolution = always(resolution_code="repaired")
score = always(score=5)
text = always(text="Ring twice.")
photo = always(kind="photo", caption="The meter.")
signature = always(signed_by="Rosa")

# Visits


def visit(stage: Stage, phone: Phone) -> Body:
    start = now() + timedelta(days=20)
    return {"technician_id": stage.technician.pk, "window_start": start, "window_end": start + timedelta(hours=1)}


def colleague(stage: Stage, phone: Phone) -> Body:
    return {"technician_id": stage.people.colleague.pk, "reason": "Tom is ill."}


def mate(stage: Stage, phone: Phone) -> Body:
    return {"technician_id": stage.people.mate.pk}


def mates_visit(stage: Stage, phone: Phone) -> Body:
    return {"companion_id": stage.mates_visit.pk, "reason": "Tom has to leave."}


position = always(latitude=34.24, longitude=108.91, accuracy_m=12)
diagnosis = always(diagnosis="The seal is worn.")
result = always(resolution_code="repaired", parts_answer="none", signed_by="Rosa")
result_with_parts = always(resolution_code="repaired", parts_answer="used", signed_by="Rosa")


def found_on_patrol(stage: Stage, phone: Phone) -> Body:
    """With a visit of their own, to repair it at once."""
    return {**complaint(stage, phone), "source": "patrol", "visit_id": uuid7()}


no_result = always(reason="Nobody at home.", next_visit_wanted=True)


def part(stage: Stage, phone: Phone) -> Body:
    return {"part_id": stage.part.pk, "quantity": "1"}


def faulty_part(stage: Stage, phone: Phone) -> Body:
    return part(stage, phone) | {"condition": "faulty"}


def part_of_colleague(stage: Stage, phone: Phone) -> Body:
    return {"part_id": stage.part.pk, "quantity": "1", "location_id": stage.colleagues_van.pk}


def swap(stage: Stage, phone: Phone) -> Body:
    return {"asset_id": stage.asset.pk, "part_id": stage.part.pk, "removed_serial": "B-77", "installed_serial": "B-78"}


# Sites


def site(stage: Stage, phone: Phone) -> Body:
    return {"territory_id": stage.people.north.pk, "address": "North Street 2"}


def account(stage: Stage, phone: Phone) -> Body:
    return {"number": "A-2", "site_id": stage.site.pk}


def account_number(stage: Stage, phone: Phone) -> Body:
    return {"number": stage.account.number}


def binding_code(stage: Stage, phone: Phone) -> Body:
    """Both residents were sent one."""
    return {"number": stage.offered_account.number, "code": CODE}


def checked_neighbour(stage: Stage, phone: Phone) -> Body:
    """Who has answered two questions rightly."""
    checks = [{"question": question, "passed": True} for question in ("Last repair?", "Address?")]
    return {"person_id": stage.people.neighbour.pk, "checks": checks}


def new_home(stage: Stage, phone: Phone) -> Body:
    return {"address": "North Street 7", "territory_id": stage.people.north.pk}


next_phone = always(phone="+8613812345670")


def asset(stage: Stage, phone: Phone) -> Body:
    return {"kind": "router", "site_id": stage.site.pk}


def its_territory(stage: Stage, phone: Phone) -> Body:
    return {"territory_id": stage.people.north.pk, "reason": "It was always ours."}


def its_site(stage: Stage, phone: Phone) -> Body:
    return {"site_id": stage.site.pk, "reason": "It was always there."}


access_notes = always(access_notes="Beware of the dog.")
holder_name = always(holder_name="Rosa")
serial = always(serial="B-78")

# Parts

new_part = always(number="SEAL", name="Seal")
unknown_part = always(model="QX-1")


def known_part(stage: Stage, phone: Phone) -> Body:
    return {"into_id": stage.part.pk}


def new_depot(stage: Stage, phone: Phone) -> Body:
    return {"code": "D-3", "name": "Third", "kind": "depot", "territory_id": stage.people.north.pk}


def receipt(stage: Stage, phone: Phone) -> Body:
    return {"location_id": stage.depot.pk, "lines": [part(stage, phone)]}


def receipt_aboard(stage: Stage, phone: Phone) -> Body:
    return {"location_id": stage.van.pk, "lines": [part(stage, phone)]}


def move(stage: Stage, phone: Phone) -> Body:
    return {
        "from_location_id": stage.depot.pk,
        "to_location_id": stage.second_depot.pk,
        "lines": [part(stage, phone)],
    }


def wish(stage: Stage, phone: Phone) -> Body:
    return {"location_id": stage.van.pk, "lines": [part(stage, phone)]}


def wishes(stage: Stage, phone: Phone) -> Body:
    return {"lines": [part(stage, phone)]}


def levels(stage: Stage, phone: Phone) -> Body:
    return {"location_id": stage.van.pk, "lines": [{"part_id": stage.part.pk, "par": "40"}]}


def place_to_fill(stage: Stage, phone: Phone) -> Body:
    return {"location_id": stage.van.pk}


def source(stage: Stage, phone: Phone) -> Body:
    return {"from_location_id": stage.depot.pk}


def place_to_count(stage: Stage, phone: Phone) -> Body:
    return {"location_id": stage.van.pk}


def count(stage: Stage, phone: Phone) -> Body:
    return {"location_id": stage.van.pk, "kind": "cycle", "lines": [part(stage, phone)]}


def sheet(stage: Stage, phone: Phone) -> Body:
    return {"lines": [part(stage, phone)]}


def transfer(stage: Stage, phone: Phone) -> Body:
    return {
        "from_location_id": stage.depot.pk,
        "to_location_id": stage.second_depot.pk,
        "lines": [part(stage, phone)],
    }


def arrival(stage: Stage, phone: Phone) -> Body:
    return {"lines": [{"line_id": stage.transfer_line.pk, "quantity": "2"}]}


note = always(note="A slip of the pen.")
settlement = always(settlement="accepted", note="It lay behind the seat.")

# Configuration

service_type = always(code="meter", name="Meter")
calendar = always(
    code="shop",
    name="Shop",
    time_zone="Asia/Shanghai",
    windows=[{"weekday": 0, "opens": "09:00", "closes": "17:00"}],
)
holidays = always(country="CN", years=[2026])
policy = always(code="slow", name="Slow", targets=[{"target": "on_site", "target_seconds": 60, "limit_seconds": 90}])
policy_period = always(customer_class="silver")

price_item = always(code="journey", name="Journey", unit="visit")
price_list = always(content="item,territory,amount,currency,tax_rate,valid_from,valid_until\n")
warranty_term = always(service_type="leak", days=30, valid_from="2026-11-01", valid_until="2026-12-01")
price_end = always(valid_until=None)


def price(stage: Stage, phone: Phone) -> Body:
    return {
        "item_id": stage.price_item.pk,
        "territory_id": stage.people.south.pk,
        "amount": 900,
        "currency": "CNY",
        "tax_rate": "13",
        "valid_from": "2031-01-01",
    }


# What it costs


def quote(stage: Stage, phone: Phone) -> Body:
    return {"lines": [{"item_id": stage.price_item.pk, "quantity": "1"}]}


no_thanks = always(accepted=False, signed_by="Rosa")


def yes_for_them(stage: Stage, phone: Phone) -> Body:
    return {"accepted": True, "on_behalf_of": stage.resident.pk}


cash = always(amount=100, currency="CNY", receipt_number="X-1")
unsigned = always(payment_id="P-1", amount=100, currency="CNY")
unsigned_sms = always(**{"id": "SM-2", "from": "+8613812345678", "text": "STOP"})


def depot_counter(stage: Stage, phone: Phone) -> Body:
    return {"depot_id": stage.depot.pk, "latitude": 34.2, "longitude": 108.9}


sms_outcome = always(outcome="Called back.")
refund = always(amount=1, reason="It broke again.")
overcharge = always(overcharge=1, reason="Half an hour, not one.")
given_by_hand = always(settlement="by_hand", note="The card was cancelled.")
receipt_of_refund = always(receipt_number="R-1")


def books(stage: Stage, phone: Phone) -> Body:
    return {"territory": stage.people.north.pk, "month": f"{now():%Y-%m}"}


def cash_of_technician(stage: Stage, phone: Phone) -> Body:
    return {
        "technician_id": stage.technician.pk,
        "payments": [stage.payment.pk],
        "counted": 25000,
    }


# Inspections


def inspection_terms(stage: Stage, phone: Phone) -> Body:
    return {
        "service_type_id": stage.service_type.pk,
        "subject": "asset",
        "asset_kind": "boiler",
        "rule": "FREQ=MONTHLY;BYMONTHDAY=1",
        "starts_on": "2031-01-01",
    }


def inspection_plan(stage: Stage, phone: Phone) -> Body:
    return inspection_terms(stage, phone) | {"code": "boilers", "name": "Boilers"}


def service_life(stage: Stage, phone: Phone) -> Body:
    return {
        "asset_kind": "boiler",
        "component": "pump",
        "months": 60,
        "service_type_id": stage.service_type.pk,
        "valid_from": "2026-01-01",
    }


def coming_inspection(stage: Stage, phone: Phone) -> Body:
    return {"asset_id": stage.asset.pk, "day": stage.coming_day, "reason": "Rebuilding."}


longer = always(months=72)
end_of_plan = always(ends_on="2031-01-01", cancel_open=True, reason="Another firm does it.")


# Samples


def sample(stage: Stage, phone: Phone) -> Body:
    return {"territory_id": stage.people.north.pk, "first": "2026-11-01", "last": "2026-11-30"}


review = always(against="paper", findings=[{"field": "fault", "differs": False}])
days_of_samples = callback_days


# Hand-overs of shifts


def hand_over(stage: Stage, phone: Phone) -> Body:
    """To somebody who has given none, and is nobody of the table."""
    return {"territory_id": stage.people.north.pk, "person_id": stage.people.second_agent.pk}


hand_over_answer = always(answer="I leave, too.")

# Scorecards

scorecard = always(code="areas", name="Areas", name_zh="片区", subject="territory")


def scorecard_version(stage: Stage, phone: Phone) -> Body:
    criterion = {"indicator": "rating", "weight": 100, "worst": 1, "best": 5}
    return {"valid_from": "2031-01-01", "criteria": [criterion]}


def place_of_scores(stage: Stage, phone: Phone) -> Body:
    return {"territory": stage.people.north.pk}


def end_of_month(stage: Stage, phone: Phone) -> Body:
    return {"valid_until": Month.of(now().date()).last}


def score_mark(stage: Stage, phone: Phone) -> Body:
    said = {"month": now().date(), "points": 90, "reason": "Helped others."}
    about = {"territory_id": stage.people.north.pk, "person_id": stage.technician.pk}
    return {"criterion_id": stage.score_mark.criterion_id, **about, **said}


# Phones


def device(stage: Stage, phone: Phone) -> Body:
    return {"id": uuid7(), "name": "A new phone"}


named_documents = always(collection="tickets", ids=[])


def push(stage: Stage, phone: Phone) -> Body:
    return phone.envelope()


def upload(stage: Stage, phone: Phone) -> Raw:
    return Raw(b"", CHUNK, {**TUS, "Upload-Length": "9"})


def chunk(stage: Stage, phone: Phone) -> Raw:
    return Raw(b"bytes", CHUNK, {**TUS, "Upload-Offset": "0"})


def no_more(stage: Stage, phone: Phone) -> Raw:
    return Raw(b"", CHUNK, TUS)


no_rows = always(changes={})
keep_device = always(keep="device")
keep_server = always(keep="server")
meaningless = always(collection="tickets", base=None, new={"reference": "mine"})


def keep_server_of_many(stage: Stage, phone: Phone) -> Body:
    return {"ids": [stage.clash.pk, stage.overtaken.pk], "keep": "server"}
