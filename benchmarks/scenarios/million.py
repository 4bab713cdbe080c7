"""A million tickets: whether the desk has its answers while it is talking, and its reports soon after."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from itertools import cycle
from typing import Any, LiteralString
from urllib.parse import parse_qs, urlencode, urlsplit

import psycopg
from psycopg.rows import dict_row

from benchmarks import servers
from benchmarks.city import LARGE, OWN_WORDS, number_of, username_of
from benchmarks.client import Client
from benchmarks.measuring import Timing, Turn, alternate
from benchmarks.questions import CHAPTERS, Chapter, Params, Question
from benchmarks.report import Claim, Section, Table, ms
from benchmarks.servers import Server
from benchmarks.stage import Stage

Known = Mapping[str, Any]
"""Of a ticket and its customer."""

TURNS, BLOCK = 20, 5
SAMPLES = 25
"""Tickets about which each of them asks."""
PAGE = 50
FLOOR = "floor: a page by its ids"
HEAD = ["question", "median", "p95", "slowest", "for", "CPU: server", "database"]

PLACES: LiteralString = """
    SELECT array_agg(id) FROM accounts_territory WHERE code LIKE 'city-%%' AND id IN (
        SELECT coalesce(territory_id, accounts_territory.id) FROM accounts_rolegrant
        WHERE user_id = (SELECT id FROM accounts_user WHERE username = %s))"""
SAMPLE: LiteralString = """
    SELECT ticket.id, reference, contact_phone AS phone, contact_name AS name, ticket.complex, ticket.address,
           site.id AS site, account.id AS account_id, account.number AS account, asset.serial, holder_id AS person,
           hangs.segment_id AS segment,
           kind.code AS service_type, territory.id AS territory, territory.code AS territory_code, latitude, longitude
    FROM (
        SELECT * FROM tickets_ticket WHERE territory_id = ANY(%(places)s) ORDER BY md5(reference) LIMIT %(samples)s
    ) AS ticket
    JOIN tickets_serviceaccount AS account ON account.id = ticket.account_id
    JOIN tickets_asset AS asset ON asset.id = ticket.asset_id
    JOIN tickets_site AS site ON site.id = ticket.site_id
    JOIN tickets_networkconnection AS hangs ON hangs.site_id = site.id
    JOIN tickets_servicetype AS kind ON kind.id = ticket.service_type_id
    JOIN accounts_territory AS territory ON territory.id = ticket.territory_id"""
"""Tickets of these territories by chance, with their customers."""
NAMES: LiteralString = """
    SELECT contact_name FROM tickets_ticket
    WHERE territory_id = ANY(%(places)s) AND contact_name ~ %(letters)s ORDER BY md5(reference) LIMIT %(samples)s"""
ONE_OF: Mapping[str, LiteralString] = {
    "technician": "SELECT responsible_id FROM tickets_ticket "
    "WHERE responsible_id IS NOT NULL AND territory_id = ANY(%(places)s) LIMIT 1",
    "outage": "SELECT id FROM tickets_outage WHERE territory_id = ANY(%(places)s) LIMIT 1",
}
KILOMETRE = 0.01
"""About so, in degrees."""
NOBODY = "00000000-0000-0000-0000-000000000000"
ROWS: LiteralString = "SELECT * FROM tickets_ticket WHERE id = ANY(%s)"

TEXT = """A city of {customers:,} sites, each with contract, equipment and a registered resident, and of two years of
tickets with their clocks, visits, timelines, calls, callbacks and notices: {size}. Its {territories} territories are of
very different size, and each has words of its own in its addresses. Everybody asks everything: an agent of a middling
territory, of the largest, of the newest, a supervisor of three, a supervisor of all; a row shows who had to wait
longest. Every filter and every ordering of the list is asked for, each time with other values. "In the middle" is a
page far behind the first one. The floor reads the rows of a page of {page} by a bare driver in this client."""


def prepare(stage: Stage) -> None:
    """The city, made while nothing is measured."""
    stage.city  # noqa: B018


def measure(stage: Stage) -> Section:
    """See `TEXT`."""
    city, turns = stage.city, stage.turns(TURNS)
    asked = [
        (chapter, question, desk)
        for chapter in CHAPTERS
        for question in chapter.questions
        for desk in chapter.asking[: stage.size.desks]
    ]
    with ExitStack() as exits:
        server = exits.enter_context(servers.fieldsvc(city.address))
        bare = exits.enter_context(psycopg.connect(city.address, autocommit=True))
        desks = {
            desk: exits.enter_context(closing(Desk(desk, token, server, bare))) for desk, token in city.tokens.items()
        }
        everyone = [desks[desk].turn(chapter, question) for chapter, question, desk in asked]
        timings = alternate([*everyone, floor(bare, server)], turns=turns, block=min(BLOCK, turns))
        size = bare.execute("SELECT pg_size_pretty(pg_database_size(current_database()))").fetchone()
    slowest: dict[str, dict[str, tuple[str, Timing]]] = {chapter.title: {} for chapter in CHAPTERS}
    for chapter, question, desk in asked:
        timing, answers = timings[turn_name(desk, chapter, question)], slowest[chapter.title]
        if question.name not in answers or timing.p95 > answers[question.name][1].p95:
            answers[question.name] = desk, timing
    least = row(FLOOR, "", timings[FLOOR])
    tables = [
        Table([HEAD, *(row(name, *answer) for name, answer in answers.items()), least]) for answers in slowest.values()
    ]
    text = TEXT.format(
        customers=stage.size.tickets // 5, size=size[0] if size else "", territories=len(OWN_WORDS), page=PAGE
    )
    return Section(
        f"{stage.size.tickets:,} tickets",
        text,
        tables,
        [claim(chapter, [timing for _, timing in slowest[chapter.title].values()]) for chapter in CHAPTERS],
    )


class Desk:
    """Somebody at a desk, and what they know to ask about."""

    def __init__(self, name: str, token: str, server: Server, bare: psycopg.Connection[Any]) -> None:
        self.name, self.server = name, server
        self.client = Client(server.port, Authorization=f"Token {token}")
        self.known = cycle(list(known_to(name, bare)))

    def close(self) -> None:
        """No more questions."""
        self.client.close()

    def turn(self, chapter: Chapter, question: Question) -> Turn:
        """They ask this, each time about something else."""

        def ready() -> Callable[[], object]:
            known = next(self.known)
            params = filled(question.params, known)
            if question.behind is not None:
                params |= self._behind({**params, **question.behind})
            path = f"/api/v1/{question.path.format(**known)}?{urlencode(params, doseq=True)}"
            return lambda: self.client.get(path)

        return Turn(turn_name(self.name, chapter, question), self.server, ready)

    def _behind(self, params: Params) -> dict[str, str | Sequence[str]]:
        """The page behind the first one; nothing, if there is no other."""
        page = self.client.get(f"/api/v1/tickets?{urlencode(params, doseq=True)}").json()
        return {"cursor": parse_qs(urlsplit(page["next"]).query)["cursor"]} if page["next"] else {}


def filled(params: Params, known: Known) -> dict[str, str | Sequence[str]]:
    """With what is known in place of its names."""
    return {name: value.format(**known) if isinstance(value, str) else value for name, value in params.items()}


def turn_name(desk: str, chapter: Chapter, question: Question) -> str:
    """Of its turn."""
    return f"{desk}: {chapter.title}: {question.name}"


def known_to(desk: str, bare: psycopg.Connection[Any]) -> Iterator[Known]:
    """Tickets of their territories and what belongs to them, names in both scripts, words of here and elsewhere."""
    row = bare.execute(PLACES, [username_of(desk)]).fetchone()
    places = {"places": row[0] if row else [], "samples": SAMPLES}
    some = {name: bare.execute(query, places).fetchone() for name, query in ONE_OF.items()}
    latin, chinese = (
        cycle([name for (name,) in bare.execute(NAMES, {**places, "letters": letters}).fetchall()])
        for letters in ("^[A-Z]", "^[^A-Z]")
    )
    with bare.cursor(row_factory=dict_row) as cursor:
        tickets = cursor.execute(SAMPLE, places).fetchall()
    here = {number_of(ticket["territory_code"]) for ticket in tickets}
    other = next((number for number in range(len(OWN_WORDS)) if number not in here), LARGE)
    for ticket in tickets:
        own, west, south = number_of(ticket["territory_code"]), ticket["longitude"], ticket["latitude"]
        first_name, last_name = next(latin).split()
        yield {
            **ticket,
            **{name: found[0] if found else NOBODY for name, found in some.items()},
            "phone_end": ticket["phone"][-4:],
            "name_start": ticket["name"][:2],
            "first_name": first_name,
            "last_name": last_name,
            "misspelled": f"{first_name} {last_name[:3]}{last_name[4:]}",
            "misspelled_chinese": next(chinese)[:2] + "鑫",
            "own_word": OWN_WORDS[own][0],
            "own_chinese": OWN_WORDS[own][1],
            "other_word": OWN_WORDS[other][0],
            "other_chinese": OWN_WORDS[other][1],
            "bbox": f"{west - KILOMETRE / 2},{south - KILOMETRE / 2},{west + KILOMETRE / 2},{south + KILOMETRE / 2}",
        }


def floor(bare: psycopg.Connection[Any], server: Server) -> Turn:
    """Rows of a page by their ids, each time others."""
    ids = [pk for (pk,) in bare.execute("SELECT id FROM tickets_ticket ORDER BY md5(reference) LIMIT 5000").fetchall()]
    pages = cycle([ids[start : start + PAGE] for start in range(0, len(ids), PAGE)])

    def ready() -> Callable[[], object]:
        page = next(pages)
        return lambda: bare.execute(ROWS, [page]).fetchall()

    return Turn(FLOOR, server, ready)


def row(name: str, desk: str, timing: Timing) -> list[str]:
    """Of a table."""
    spent = [ms(value / 1e3) for value in (timing.server_cpu_ms, timing.database_cpu_ms)]
    return [name, ms(timing.median), ms(timing.p95), ms(max(timing.seconds)), desk, *spent]


def claim(chapter: Chapter, timings: list[Timing]) -> Claim:
    """Whoever waits longest does not wait long."""
    slowest = max(timing.p95 for timing in timings)
    return Claim(
        f"{chapter.title}: 95 of 100 answers to every question within {ms(chapter.seconds)}",
        ms(slowest),
        slowest <= chapter.seconds,
    )
