"""What lists show: all that somebody may see and nothing else, however it is searched or filtered."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from drf_spectacular.generators import SchemaGenerator

from fieldsvc.time import now
from sync.ids import uuid7
from tests.permissions.asking import API, LINES, hidden_from, shown
from tests.permissions.matrix import DONE, FORBIDDEN, HIDDEN
from tests.permissions.stage import PEOPLE, STRANGERS, Stage
from tests.phone import SCHEMA

PAGING = {"cursor", "page_size", "ordering"}
WITNESSES = ("technician", "supervisor", "resident")
"""Each list has rows for one of them."""

Query = dict[str, Any]


def around(name: str) -> Query:
    """Parameters for a span of time in which everything on the stage lies."""
    return {f"{name}_after": now() - timedelta(days=2), f"{name}_before": now() + timedelta(days=3)}


LISTS: dict[str, tuple[str, Callable[[Stage], Query]]] = {
    "/audit": (
        "GET /audit",
        lambda stage: {
            "action": "update",
            "after": now() - timedelta(days=2),
            "before": now() + timedelta(days=3),
            "device": stage.supervisors_phone.pk,
            "door": "http",
            "kind": "tickets.site",
            "person": stage.people.supervisor.pk,
            "row": stage.site.pk,
        },
    ),
    "/tickets": (
        "GET /tickets/{ticket}",
        lambda stage: {
            "account": stage.account.pk,
            "clock": "running",
            "escalated": True,
            "open": True,
            "follows": stage.new_ticket.pk,
            "outage": stage.accepted_outage.pk,
            "priority": stage.ticket.priority,
            "repeat": True,
            "q": stage.ticket.reference,
            "reference": stage.ticket.reference,
            "reply_owed": False,
            **around("reported"),
            "resident": stage.resident.pk,
            "responsible": stage.technician.pk,
            "search": stage.ticket.reference,
            "segment": stage.segment.pk,
            "service_type": stage.service_type.code,
            "site": stage.site.pk,
            "source": stage.ticket.source,
            "status": "triaged",
            "target": "first_reply",
            "territory": stage.people.north.pk,
        },
    ),
    "/calls": (
        "GET /calls/{call}",
        lambda stage: {
            "account": stage.account.pk,
            "agent": stage.people.agent.pk,
            "corrected": False,
            "direction": "in",
            "number": "138 1234 5678",
            "resident": stage.resident.pk,
            "result": "ticket_attached",
            "search": stage.ticket.reference,
            "site": stage.site.pk,
            **around("started"),
            "territory": stage.people.north.pk,
            "ticket": stage.ticket.pk,
        },
    ),
    "/callbacks": (
        "GET /callbacks/{callback}",
        lambda stage: {
            "cause": "question",
            **around("due"),
            "mine": False,
            "overdue": False,
            "resident": stage.resident.pk,
            "responsible": stage.people.agent.pk,
            "search": stage.ticket.reference,
            "state": "open",
            "territory": stage.people.north.pk,
            "ticket": stage.ticket.pk,
            "waiting": True,
        },
    ),
    "/staff-complaints": (
        "GET /staff-complaints/{staff_complaint}",
        lambda stage: {
            "concerned": stage.technician.pk,
            "handler": stage.people.supervisor.pk,
            "named": True,
            "overdue": False,
            **around("received"),
            "reference": stage.staff_complaint.reference,
            "resident": stage.resident.pk,
            "state": "received",
            "territory": stage.people.north.pk,
            "ticket": stage.ticket.pk,
        },
    ),
    "/incoming-sms": (
        "GET /incoming-sms/{incoming_sms}",
        lambda stage: {
            "nowhere": False,
            "person": stage.resident.pk,
            "state": "open",
            "territory": stage.people.north.pk,
            "ticket": stage.ticket.pk,
        },
    ),
    "/callback-quotas": (
        "GET /callback-quotas/{quota}",
        lambda stage: {"per": "team", "territory": stage.people.north.pk},
    ),
    "/offered-windows": (
        "GET /offered-windows",
        lambda stage: {"territory": stage.people.north.pk, "weekday": 0},
    ),
    "/route-plans": (
        "GET /route-plans/{route_plan}",
        lambda stage: {"day": stage.route_plan.day, "status": "ready", "territory": stage.people.north.pk},
    ),
    "/suggestion-weights": (
        "GET /suggestion-weights/{weights}",
        lambda stage: {
            "at": now() + timedelta(days=10),
            "search": stage.service_type.code,
            "service_type": stage.service_type.code,
        },
    ),
    "/auto-dispatch-rules": ("GET /auto-dispatch-rules", lambda stage: {"search": stage.service_type.code}),
    "/depot-counters": ("GET /depot-counters", lambda stage: {"depot": stage.depot.pk}),
    "/speed-tables": ("GET /speed-tables", lambda stage: {"territory": stage.people.north.pk}),
    "/rating-reasons": ("GET /rating-reasons", lambda stage: {"is_active": True, "whose": "resident"}),
    "/hand-overs": (
        "GET /hand-overs/{hand_over}",
        lambda stage: {
            "given_by": stage.people.second_agent.pk,
            **around("given"),
            "mine": False,
            "state": "asked",
            "taken_by": stage.people.dispatcher.pk,
            "territory": stage.people.north.pk,
        },
    ),
    "/visit-ratings": (
        "GET /visit-ratings/{visit_rating}",
        lambda stage: {
            **around("rated"),
            "reason": "part_missing",
            "score_to": 3,
            "technician": stage.technician.pk,
            "territory": stage.people.north.pk,
            "ticket": stage.visit_rating.visit.ticket_id,
        },
    ),
    "/deliveries": (
        "GET /deliveries/{delivery}",
        lambda stage: {
            "acknowledged": False,
            "escalated": False,
            "kind": stage.delivery.kind,
            "person": stage.delivery.user_id,
            "territory": stage.people.north.pk,
            "ticket": stage.delivery.ticket_id,
            "waiting": True,
        },
    ),
    "/outgoing-messages": (
        "GET /outgoing-messages/{letter}",
        lambda stage: {
            "channel": "sms",
            "status": "dead",
            "created_from": now() - timedelta(days=1),
            "created_to": now() + timedelta(days=1),
            "kind": stage.notice.kind,
            "person": stage.technician.pk,
            "territory": stage.people.north.pk,
            "ticket": stage.notice.ticket_id,
        },
    ),
    "/escalation-plans": (
        "GET /escalation-plans/{escalation_plan}",
        lambda stage: {"kind": "hand_over_asked", "territory": stage.people.north.pk},
    ),
    "/reply-templates": (
        "GET /reply-templates/{template}",
        lambda stage: {
            "is_active": True,
            "kind": "delay",
            "search": stage.template.code,
            "service_type": stage.service_type.code,
            "territory": stage.people.north.pk,
            "ticket": stage.ticket.pk,
        },
    ),
    "/account-offers": ("POST /account-offers/{offer}/withdraw", lambda stage: {"status": "open"}),
    "/recoveries": (
        "GET /recoveries/{recovery}",
        lambda stage: {"person": stage.resident.pk, "status": "waiting"},
    ),
    "/outages": (
        "GET /outages/{proposed_outage}",
        lambda stage: {
            **around("proposed"),
            "search": stage.proposed_outage.area,
            "segment": stage.segment.pk,
            "service_type": stage.service_type.code,
            "status": "accepted",
            "territory": stage.people.north.pk,
        },
    ),
    "/network-segments": (
        "GET /network-segments/{segment}",
        lambda stage: {
            "is_active": True,
            "service_type": stage.service_type.code,
            "territory": stage.people.north.pk,
        },
    ),
    "/network-connections": (
        "GET /network-segments/{segment}",
        lambda stage: {"current": True, "segment": stage.segment.pk, "site": stage.site.pk},
    ),
    "/visits": (
        "GET /visits/{dispatched_visit}",
        lambda stage: {
            "leads": True,
            "next_visit_wanted": True,
            "search": stage.technician.name,
            "status": "dispatched",
            "technician": stage.technician.pk,
            "territory": stage.people.north.pk,
            "ticket": stage.dispatched_visit.ticket_id,
            **around("window"),
        },
    ),
    "/check-ins": (
        "GET /check-ins/{check_in}",
        lambda stage: {
            "kind": "arrival",
            **around("occurred"),
            "outside_fence": False,
            "search": stage.technician.name,
            "technician": stage.technician.pk,
            "territory": stage.people.north.pk,
            "ticket": stage.ticket.pk,
            "visit": stage.on_site_visit.pk,
        },
    ),
    "/quotes": (
        "GET /quotes/{quote}",
        lambda stage: {
            "flag": "late",
            **around("occurred"),
            "search": stage.ticket.reference,
            "status": "shown",
            "territory": stage.people.north.pk,
            "ticket": stage.ticket.pk,
            "visit": stage.quote.visit_id,
        },
    ),
    "/bills": (
        "GET /bills/{bill}",
        lambda stage: {
            "due_before": now().date() + timedelta(days=99),
            **around("issued"),
            "kind": "bill",
            "resident": stage.resident.pk,
            "search": stage.bill.number,
            "territory": stage.people.north.pk,
            "ticket": stage.resolved_ticket.pk,
            "unpaid": True,
        },
    ),
    "/payments": (
        "GET /payments/{payment}",
        lambda stage: {
            "flag": "late",
            "handed_in": False,
            "method": "cash",
            **around("occurred"),
            "search": "T-1",
            "taken_by": stage.technician.pk,
            "territory": stage.people.north.pk,
            "ticket": stage.resolved_ticket.pk,
        },
    ),
    "/payment-links": (
        "GET /payment-links/{link}",
        lambda stage: {
            "search": stage.resolved_ticket.reference,
            "status": "wanted",
            "ticket": stage.resolved_ticket.pk,
        },
    ),
    "/cash-hand-ins": (
        "GET /cash-hand-ins/{hand_in}",
        lambda stage: {
            "search": "coins",
            "technician": stage.technician.pk,
            "territory": stage.people.north.pk,
        },
    ),
    "/refunds": (
        "GET /refunds/{refund}",
        lambda stage: {
            "kind": "refund",
            "search": "broke",
            "status": "requested",
            "territory": stage.people.north.pk,
            "ticket": stage.resolved_ticket.pk,
        },
    ),
    "/repayments": (
        "GET /repayments/{failed_repayment}",
        lambda stage: {
            "by_hand": False,
            "open": True,
            "owner": stage.people.agent.pk,
            "refund": stage.failed_repayment.refund_id,
            "search": stage.resolved_ticket.reference,
            "status": "failed",
            "territory": stage.people.north.pk,
            "ticket": stage.resolved_ticket.pk,
        },
    ),
    "/consent-gaps": (
        "GET /consent-gaps/{gap}",
        lambda stage: {
            "open": True,
            "search": stage.technician.name,
            "territory": stage.people.north.pk,
            "ticket": stage.gap.ticket_id,
        },
    ),
    "/installations": (
        "GET /installations/{installation}",
        lambda stage: {
            "state": "waiting",
            "search": stage.installation.ticket.reference,
            "territory": stage.people.north.pk,
            "ticket": stage.installation.ticket_id,
            "site": stage.installation.ticket.site_id,
        },
    ),
    "/escalations": (
        "GET /escalations/{escalation}",
        lambda stage: {
            "waiting": True,
            "search": stage.ticket.reference,
            "territory": stage.people.north.pk,
            "ticket": stage.ticket.pk,
        },
    ),
    "/part-uses": (
        "GET /part-uses/{part_use}",
        lambda stage: {
            "kind": "used",
            "part": stage.part.pk,
            "search": stage.part.number,
            "ticket": stage.resolved_ticket.pk,
            "visit": stage.part_use.visit_id,
        },
    ),
    "/sites": (
        "GET /sites/{site}",
        lambda stage: {"search": stage.site.complex, "territory": stage.people.north.pk},
    ),
    "/service-accounts": (
        "GET /service-accounts/{account}",
        lambda stage: {
            "contract_until_after": now().date() - timedelta(days=2),
            "contract_until_before": now().date() + timedelta(days=3),
            "holder": stage.resident.pk,
            "number": stage.account.number,
            "search": stage.account.number,
            "site": stage.site.pk,
        },
    ),
    "/assets": (
        "GET /assets/{asset}",
        lambda stage: {
            "account": stage.account.pk,
            "kind": stage.asset.kind,
            "search": stage.asset.serial,
            "serial": stage.asset.serial,
            "site": stage.site.pk,
        },
    ),
    "/parts": (
        "GET /parts/{part}",
        lambda stage: {
            "search": stage.part.number,
            "status": "active",
            "tracking": "quantity",
            "superseded_by": stage.part.pk,
        },
    ),
    "/locations": (
        "GET /locations/{van}",
        lambda stage: {
            "is_active": True,
            "keeper": stage.technician.pk,
            "kind": "van",
            "search": stage.van.code,
            "territory": stage.people.north.pk,
        },
    ),
    "/stock": (
        "GET /stock/{balance}",
        lambda stage: {
            "above": 0,
            "below": 100,
            "condition": "good",
            "kind": "van",
            "location": stage.van.pk,
            "part": stage.part.pk,
            "search": stage.part.number,
            "territory": stage.people.north.pk,
        },
    ),
    "/stock/movements": (
        "GET /stock/movements/{movement}",
        lambda stage: {
            "location": stage.van.pk,
            **around("occurred"),
            "part": stage.part.pk,
            "reason": "use",
            "search": stage.part.number,
            "serial": stage.movement.serial,
            "ticket": stage.resolved_ticket.pk,
            "visit": stage.part_use.visit_id,
        },
    ),
    "/stock/levels": (
        "GET /stock/levels/{level}",
        lambda stage: {
            "kind": "van",
            "location": stage.van.pk,
            "part": stage.part.pk,
            "search": stage.part.number,
            "territory": stage.people.north.pk,
        },
    ),
    "/stock/allocations": (
        "GET /stock/allocations/{allocation}",
        lambda stage: {
            "location": stage.van.pk,
            "open": True,
            "part": stage.part.pk,
            "search": stage.part.number,
            "technician": stage.technician.pk,
            "ticket": stage.new_ticket.pk,
            "visit": stage.scheduled_visit.pk,
        },
    ),
    "/requisitions": (
        "GET /requisitions/{requisition}",
        lambda stage: {
            "depot": stage.depot.pk,
            "location": stage.van.pk,
            **around("occurred"),
            "origin": "visit",
            "part": stage.part.pk,
            "requested_by": stage.technician.pk,
            "search": "Monday",
            "status": "submitted",
            "territory": stage.people.north.pk,
            "ticket": stage.requisition.ticket_id,
            "visit": stage.requisition.visit_id,
        },
    ),
    "/stocktakes": (
        "GET /stocktakes/{stocktake}",
        lambda stage: {
            "counted_by": stage.technician.pk,
            "kind": "cycle",
            "location": stage.van.pk,
            **around("opened"),
            "search": "weekend",
            "status": "counted",
            "territory": stage.people.north.pk,
        },
    ),
    "/transfers": (
        "GET /transfers/{transfer}",
        lambda stage: {
            **around("created"),
            "from_location": stage.depot.pk,
            "part": stage.part.pk,
            "search": "morning van",
            "status": "dispatched",
            "territory": stage.people.north.pk,
            "to_location": stage.van.pk,
        },
    ),
    "/discrepancies": (
        "GET /discrepancies/{discrepancy}",
        lambda stage: {
            "kind": stage.discrepancy.kind,
            "location": stage.van.pk,
            **around("opened"),
            "owner": stage.people.storekeeper.pk,
            "part": stage.discrepancy.part_id,
            "search": stage.discrepancy.part.number,
            "status": "open",
            "territory": stage.people.north.pk,
            "ticket": stage.on_site_visit.ticket_id,
            "visit": stage.on_site_visit.pk,
        },
    ),
    "/notices": (
        "POST /notices/{notice}/acknowledge",
        lambda stage: {"acknowledged": False, "kind": stage.notice.kind, "search": stage.dispatched_visit.ticket.title},
    ),
    "/users": (
        "GET /users/{technician}",
        lambda stage: {
            "is_active": True,
            "role": "technician",
            "search": stage.technician.name,
            "skill": stage.skill.code,
            "territory": stage.people.north.pk,
        },
    ),
    "/territories": (
        "GET /territories",
        lambda stage: {"code": stage.people.north.code, "is_active": True, "search": "North"},
    ),
    "/skills": ("GET /skills", lambda stage: {"code": stage.skill.code, "search": stage.skill.name}),
    "/service-types": (
        "GET /service-types/{service_type}",
        lambda stage: {"code": stage.service_type.code, "is_active": True, "search": stage.service_type.name},
    ),
    "/price-items": (
        "GET /price-items/{price_item}",
        lambda stage: {
            "code": "labour",
            "kind": "service",
            "part": stage.part.pk,
            "search": "Labour",
        },
    ),
    "/prices": (
        "GET /prices/{price}",
        lambda stage: {
            "item": stage.price_item.pk,
            "on": now().date(),
            "search": "Labour",
            "territory": stage.people.north.pk,
        },
    ),
    "/warranty-terms": (
        "GET /warranty-terms/{term}",
        lambda stage: {
            "on": now().date(),
            "part": stage.part.pk,
            "search": stage.part.number,
            "service_type": stage.service_type.code,
        },
    ),
    "/inspection-plans": (
        "GET /inspection-plans/{plan}",
        lambda stage: {
            "asset_kind": "boiler",
            "code": "boiler",
            "customer_class": "hotel",
            "on": now().date(),
            "search": "boiler",
            "territory": stage.people.north.pk,
        },
    ),
    "/service-lives": (
        "GET /service-lives/{life}",
        lambda stage: {
            "asset_kind": "boiler",
            "component": "valve",
            "search": "boiler",
            "territory": stage.people.north.pk,
        },
    ),
    "/inspections": (
        "GET /inspections/{inspection}",
        lambda stage: {
            "account": stage.account.pk,
            "asset": stage.asset.pk,
            "due_after": now().date() - timedelta(days=99),
            "due_before": now().date() + timedelta(days=99),
            "life": stage.life.pk,
            "plan": stage.plan.pk,
            "search": stage.account.number,
            "state": "overdue",
            "territory": stage.people.north.pk,
            "ticket": stage.inspection.ticket_id,
        },
    ),
    "/samples": (
        "GET /samples/{sample}",
        lambda stage: {
            "agent": stage.sample.agent_id,
            **around("drawn"),
            "drawn_by": stage.people.supervisor.pk,
            "service_type": stage.service_type.code,
            "technician": stage.technician.pk,
            "territory": stage.people.north.pk,
            "weekly": False,
        },
    ),
    "/sampled-tickets": (
        "GET /sampled-tickets/{sampled_ticket}",
        lambda stage: {
            "consistent": True,
            "reviewed": True,
            "reviewer": stage.people.supervisor.pk,
            "sample": stage.sample.pk,
            "technician": stage.technician.pk,
            "territory": stage.people.north.pk,
            "ticket": stage.sampled_ticket.ticket_id,
            "weekly": False,
        },
    ),
    "/scorecards": (
        "GET /scorecards/{scorecard}",
        lambda stage: {"code": stage.scorecard.code, "subject": "technician"},
    ),
    "/score-marks": (
        "GET /score-marks/{score_mark}",
        lambda stage: {
            "criterion": stage.score_mark.criterion_id,
            **around("marked"),
            "marked_by": stage.people.supervisor.pk,
            "month": stage.score_mark.month,
            "person": stage.technician.pk,
            "scorecard": stage.scorecard.pk,
            "territory": stage.people.north.pk,
        },
    ),
    "/shifts": (
        "GET /shifts/{shift}",
        lambda stage: {
            "kind": "regular",
            "starts_after": now(),
            "starts_before": now() + timedelta(days=10),
            "state": "published",
            "technician": stage.technician.pk,
            "territory": stage.people.north.pk,
        },
    ),
    "/absences": (
        "GET /absences/{absence}",
        lambda stage: {
            "ends_after": now(),
            "kind": "leave",
            "starts_before": now() + timedelta(days=10),
            "state": "asked",
            "technician": stage.technician.pk,
            "territory": stage.people.north.pk,
        },
    ),
    "/attendance-days": (
        "GET /attendance-days/{attendance_day}",
        lambda stage: {
            "corrected": True,
            "late": True,
            "mark": "no_clock_out",
            "since": stage.attendance_day.day,
            "state": "attended",
            "technician": stage.technician.pk,
            "territory": stage.people.north.pk,
            "until": stage.attendance_day.day,
        },
    ),
    "/doubtful-check-ins": (
        "GET /doubtful-check-ins/{doubt}",
        lambda stage: {
            "kind": "arrival",
            "looked_at": False,
            **around("occurred"),
            "reason": "no_position",
            "score_to": 85,
            "technician": stage.technician.pk,
            "territory": stage.people.north.pk,
        },
    ),
    "/calendars": (
        "GET /calendars/{calendar}",
        lambda stage: {"code": "office", "search": "Office", "time_zone": "Asia/Shanghai"},
    ),
    "/sla-policies": ("GET /sla-policies/{policy}", lambda stage: {"code": "quick", "search": "Quick"}),
    "/policy-periods": (
        "GET /policy-periods/{period}",
        lambda stage: {
            "at": now(),
            "customer_class": "gold",
            "policy": stage.policy.pk,
            "search": "gold",
            "service_type": stage.service_type.code,
        },
    ),
    "/sync/conflicts": (
        "GET /sync/conflicts/{clash}",
        lambda stage: {
            "collection": "tickets",
            "device": stage.phones["technician"].device.pk,
            "device_by": stage.technician.pk,
            "doc_id": stage.ticket.pk,
            "field": "contact_name",
            "kind": "field",
            **around("received"),
            "search": "Brother",
            "status": "open",
        },
    ),
    "/sync/devices": (
        "POST /sync/devices/{lost_phone}/cut-off",
        lambda stage: {
            "cut_off": False,
            "not_heard_since": now() + timedelta(days=1),
            "schema": SCHEMA,
            "search": stage.lost_phone.name,
            "user": stage.technician.pk,
            "waiting": True,
        },
    ),
    "/sync/operations": (
        "POST /sync/operations/{refused_operation}/release",
        lambda stage: {
            "blocked_by": stage.refused_operation,
            "device": stage.lost_phone.pk,
            "discarded": False,
            "kind": "visit.complete",
            "search": "visit.complete",
            "status": "refused",
        },
    ),
}
"""Each list with the line of the matrix that says who sees its rows, and a query by each parameter that finds some."""


def described() -> dict[str, set[str]]:
    """By path of a list, its query parameters as the API schema describes them."""
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    parameters = {
        path.removeprefix(API): {parameter["name"] for parameter in methods["get"].get("parameters", [])}
        for path, methods in paths.items()
        if "get" in methods and "{" not in path
    }
    return {path: names - PAGING for path, names in parameters.items() if "page_size" in names}


def ask(stage: Stage, role: str, path: str, query: Query) -> Any:
    return stage.clients[role].get(API + path, {name: _text(value) for name, value in query.items()})


def _text(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def found(ids: Iterable[UUID], answer: Any) -> set[UUID]:
    """Those of the ids that stand anywhere in the answer."""
    text = answer.content.decode()
    return {pk for pk in ids if str(pk) in text}


def test_every_list_and_every_parameter_is_tried(stage: Stage):
    assert {path: {*query(stage)} for path, (_, query) in LISTS.items()} == described()


@pytest.mark.parametrize("path", LISTS)
def test_a_list_shows_everybody_what_exists_for_them(stage: Stage, path: str):
    line = LINES[LISTS[path][0]]
    everything = stage.rows()
    rows = everything[str(line)]
    must_show = [stage.named(line.subject)] if line.subject else rows
    for role in PEOPLE:
        answer = ask(stage, role, path, {})
        if LINES[f"GET {path}"].cells[role] == FORBIDDEN:
            assert answer.status_code == 403
        elif line.cells[role] == HIDDEN:
            assert found(rows, answer) == set(), role
        else:
            assert found(must_show, answer) == {*must_show}, role
        if role in STRANGERS:
            assert found(hidden_from(role, everything), answer) == set(), role


@pytest.mark.parametrize("path", LISTS)
def test_no_search_or_filter_shows_a_stranger_more(stage: Stage, path: str):
    line, queries = LISTS[path]
    everything = stage.rows()
    witness = next(role for role in WITNESSES if LINES[line].cells[role] == DONE)
    for name, value in queries(stage).items():
        query = {name: value}
        assert found(everything[line], ask(stage, witness, path, query)), f"{query} finds nothing, so it proves nothing"
        for role in STRANGERS:
            assert found(hidden_from(role, everything), ask(stage, role, path, query)) == set(), (role, query)


@pytest.mark.parametrize("path", LISTS)
def test_asking_for_what_belongs_to_a_hidden_thing_answers_as_if_there_were_no_such_thing(stage: Stage, path: str):
    _, queries = LISTS[path]
    for role in STRANGERS:
        hidden = hidden_from(role, stage.rows())
        for name, value in queries(stage).items():
            if value in hidden:
                there, nowhere = (ask(stage, role, path, {name: pk}) for pk in (value, uuid7()))
                assert shown(there) == shown(nowhere), (role, name)
