"""What the people of a desk ask of a million tickets: who is calling, which tickets, what is late, how it went.

Every filter and every ordering of the list of tickets is asked for by itself, and in pairs in which people use them.
Names in braces are filled in from what is known of a ticket and its customer, each time of another one: see
`known_to` of `scenarios/million.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

SECONDS, REPORT_SECONDS = 0.1, 2.0
"""Within these, 95 of 100 answers come: of the desk's questions, and of reports."""
ASKING = ("agent", "agent of the largest", "supervisor of all", "agent of the newest", "supervisor of three")
"""What is quick in one territory may be slow in another, or everywhere: see `city.DESKS`."""
INTAKE = ("agent", "dispatcher", "supervisor of three")
READING = ("dispatcher", "supervisor of three", "supervisor of all")
"""Who opens tickets, and who reads reports."""

Params = Mapping[str, str | Sequence[str]]


@dataclass(frozen=True, slots=True)
class Question:
    """What a desk asks, each time about something else.

    `behind` is for the middle of a list: the page begins behind the first one of what is found by these as well.
    """

    name: str
    path: str
    params: Params
    behind: Params | None = None


@dataclass(frozen=True, slots=True)
class Chapter:
    """Questions of one kind, who asks them, and in what time they are to be answered."""

    title: str
    seconds: float
    asking: Sequence[str]
    questions: Sequence[Question]


def days_ago(days: float) -> str:
    """As a parameter."""
    return (datetime.now(UTC) - timedelta(days=days)).isoformat()


HALF = days_ago(365)
"""Half of all tickets had been reported by then."""


def caller(name: str, q: str) -> Question:
    """A search for a caller."""
    return Question(name, "callers", {"q": q})


def tickets(name: str, behind: Params | None = None, **params: str) -> Question:
    """A page of the list of tickets."""
    return Question(name, "tickets", params, behind)


def report(name: str, **params: str | Sequence[str]) -> Question:
    """Of two years, unless told otherwise."""
    return Question(name, "reports/tickets", {"since": days_ago(729)[:10], "until": days_ago(0)[:10], **params})


CALLERS = (
    caller("phone, whole", "{phone}"),
    caller("phone, its last four digits", "{phone_end}"),
    caller("number of the contract", "{account}"),
    caller("its first four characters, as all have them", "BB-0"),
    caller("name", "{name}"),
    caller("name, its first two characters", "{name_start}"),
    caller("name, misspelled", "{misspelled}"),
    caller("first name of thousands", "{first_name}"),
    caller("Chinese name, one character wrong", "{misspelled_chinese}"),
    caller("complex", "{complex}"),
    caller("complex and address", "{complex} {address}"),
    caller("serial", "{serial}"),
    caller("reference", "{reference}"),
    caller("word, frequent here", "{own_word}"),
    caller("word, frequent here, Chinese", "{own_chinese}"),
    caller("word, frequent elsewhere, absent here", "{other_word}"),
    caller("word, frequent elsewhere, absent here, Chinese", "{other_chinese}"),
    caller("such a word and a name", "{other_word} {last_name}"),
    caller("word that occurs nowhere", "qzxw{phone_end}"),
    caller("word that occurs nowhere, Chinese", "龘龖齉"),
)
STATUSES = ("new", "triaged", "dispatched", "in_progress", "on_hold", "merged", "resolved", "closed", "cancelled")
CLOCKS = ("running", "paused", "met", "breached", "stopped", "overdue")
LISTS = (
    tickets("all"),
    tickets("all, in the middle", {"reported_before": HALF}),
    tickets("oldest first", ordering="reported_at"),
    tickets("oldest first, in the middle", {"reported_after": HALF}, ordering="reported_at"),
    tickets("by priority", ordering="priority"),
    tickets("by priority, in the middle", {"priority": "3"}, ordering="priority"),
    tickets("by priority, the least first", ordering="-priority"),
    tickets("by what is due", ordering="due_at"),
    tickets("by what is due, in the middle", {"status": "closed"}, ordering="due_at"),
    tickets("by what is due, the last first", ordering="-due_at"),
    tickets("q: name", q="{name}"),
    tickets("q: phone", q="{phone}"),
    tickets("q: reference", q="{reference}"),
    tickets("q: complex and address", q="{complex} {address}"),
    tickets("q: word, frequent here", q="{own_word}"),
    tickets("q: word, frequent here, oldest first", q="{own_word}", ordering="reported_at"),
    tickets("q: word, frequent here, by what is due", q="{own_word}", ordering="due_at"),
    tickets("q: word, frequent here, Chinese", q="{own_chinese}"),
    tickets("q: word, frequent elsewhere, absent here", q="{other_word}"),
    tickets("q: word, frequent elsewhere, absent here, Chinese", q="{other_chinese}"),
    tickets("q: fault, Chinese", q="燃气味"),
    tickets("q: two letters", q="{name_start}"),
    tickets("q: two letters that occur nowhere", q="zq"),
    tickets("q: word that occurs nowhere", q="qzxw"),
    tickets("q: word that occurs nowhere, Chinese", q="龘龖"),
    tickets("q: Chinese word, open", q="{own_chinese}", open="true"),
    *(tickets(f"status: {status}", status=status) for status in STATUSES),
    tickets("open", open="true"),
    tickets("not open", open="false"),
    tickets("not open, in the middle", {"reported_before": HALF}, open="false"),
    tickets("service type", service_type="{service_type}"),
    tickets("service type of which there is none", service_type="traction_equipment"),
    tickets("territory", territory="{territory}"),
    tickets("territory, in the middle", {"reported_before": HALF}, territory="{territory}"),
    tickets("priority: 1", priority="1"),
    tickets("priority: 4", priority="4"),
    tickets("source: web", source="web"),
    tickets("source of which there is none", source="patrol"),
    tickets("responsible", responsible="{technician}"),
    tickets("resident", resident="{person}"),
    tickets("site", site="{site}"),
    tickets("segment", segment="{segment}"),
    tickets("segment, open, by what is due", segment="{segment}", open="true", ordering="due_at"),
    tickets("contract", account="{account_id}"),
    tickets("repeats", repeat="true"),
    tickets("no repeats", repeat="false"),
    tickets("outage", outage="{outage}"),
    tickets("follows", follows="{id}"),
    tickets("reported after", reported_after=days_ago(1)),
    tickets("reported before", reported_before=days_ago(700)),
    *(tickets(f"clock: {state}", clock=state) for state in CLOCKS),
    tickets("target: on_site", target="on_site"),
    tickets("first replies, overdue", clock="overdue", target="first_reply"),
    tickets("first replies, stopped", clock="stopped", target="first_reply"),
    tickets("new, by priority", status="new", ordering="priority"),
    tickets("open, of a kind, by what is due", open="true", service_type="{service_type}", ordering="due_at"),
    tickets("closed, oldest first", status="closed", ordering="reported_at"),
    tickets("closed, of a kind, last year", status="closed", service_type="{service_type}", reported_before=HALF),
    tickets("cancelled, of a kind", status="cancelled", service_type="{service_type}"),
    tickets("cancelled, by what is due", status="cancelled", ordering="due_at"),
    tickets("urgent, from the web, open", priority="1", source="web", open="true"),
)
BOARDS = (
    tickets("late on site", clock="overdue", target="on_site", ordering="due_at"),
    tickets("open, by what is due", open="true", ordering="due_at"),
    tickets("open, by priority", open="true", ordering="priority"),
    tickets("dispatched, by what is due", status="dispatched", ordering="due_at"),
    Question("visits of three days", "visits", {"window_after": days_ago(0), "window_before": days_ago(-3)}),
    Question("map, all", "tickets.geojson", {}),
    Question("map, a square kilometre", "tickets.geojson", {"bbox": "{bbox}"}),
    Question("callbacks", "callbacks", {"state": "open"}),
    Question("callbacks, overdue and waiting", "callbacks", {"overdue": "true", "waiting": "true"}),
    Question("one ticket", "tickets/{id}", {}),
    Question("its timeline", "tickets/{id}/timeline", {}),
)
CUSTOMERS = (
    Question("by person", "customers/people/{person}", {}),
    Question("by contract", "customers/accounts/{account_id}", {}),
    Question("by site", "customers/sites/{site}", {}),
)
SAID = {"service_type": "{service_type}", "contact_phone": "{phone}"}
DUPLICATES = (
    Question("before opening, by site", "tickets/duplicates", {**SAID, "site_id": "{site}"}),
    Question(
        "before opening, by address", "tickets/duplicates", {**SAID, "complex": "{complex}", "address": "{address}"}
    ),
    Question("of a ticket", "tickets/{id}/duplicates", {}),
)
REPORTS = (
    report("the last 12 weeks", since=days_ago(84)[:10]),
    report("two years"),
    *(report(f"by {group}", group_by=group) for group in ("week", "month", "territory", "service_type", "source")),
    report("by week, territory and service type", group_by=("week", "territory", "service_type"), since=HALF[:10]),
    report("by week, as CSV", group_by="week", format="csv"),
    report("by month and territory, as XLSX", group_by=("month", "territory"), format="xlsx"),
    Question("backlog by territory", "reports/backlog", {"group_by": "territory"}),
)
CHAPTERS = (
    Chapter("Who is calling", SECONDS, ASKING, CALLERS),
    Chapter("Lists of tickets", SECONDS, ASKING, LISTS),
    Chapter("Boards", SECONDS, ASKING, BOARDS),
    Chapter("A customer", SECONDS, ASKING, CUSTOMERS),
    Chapter("Possible duplicates", SECONDS, INTAKE, DUPLICATES),
    Chapter("Reports", REPORT_SECONDS, READING, REPORTS),
)
