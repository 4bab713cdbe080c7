"""`python -m benchmarks.city 1000000`: two years of a city's complaints, in the product's own tables.

Its database is that of `DATABASE_URL`, migrated, and filled if it has no city yet. What is configured (kinds of
service, their policy, the people of the desks) is made by the product; all else by SQL (`city.sql`), as far as lists,
searches and reports read it: sites with contract, equipment and a registered resident; tickets with clocks, visits,
timeline, ratings, calls, callbacks and notices. What only phones and the worker read is left out: no feed, no segments
and no timers of clocks. The sums of reports are reckoned by the product's own command.

Territories are of very different size, and each has a word of its own in the names of its complexes: frequent there,
absent elsewhere. Two texts of five are English, the others Chinese. About a hundredth of all tickets is open.

Says what it does, and in its last line, as JSON, the tokens of the people at the desks.
"""

import re
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from typing import Any, LiteralString, cast

import orjson
import psycopg

from benchmarks.loading import QUICKLY, without_indexes

SPANS = 20
"""Tickets are made in so many steps, the oldest first."""
OWN_WORDS = (
    ("Harbour", "港湾"), ("Orchard", "果园"), ("Castle", "城堡"), ("Meadow", "草原"), ("Lantern", "灯笼"),
    ("Granite", "花岗"), ("Willow", "柳荫"), ("Falcon", "猎鹰"), ("Copper", "铜锣"), ("Juniper", "松柏"),
    ("Saffron", "藏红"), ("Thistle", "蓟草"), ("Marble", "玉石"), ("Heron", "白鹭"), ("Cinder", "炉火"),
    ("Plover", "水鸟"), ("Quarry", "采石"), ("Tundra", "雪原"), ("Velvet", "丝绒"), ("Walnut", "胡桃"),
    ("Zenith", "天顶"),
)  # fmt: skip
"""By territory, from the largest on; the last one was opened a short while ago, and is a single complex."""
LARGE, MIDDLING, NEW = 0, 7, len(OWN_WORDS) - 1
DESKS: dict[str, tuple[str, list[int]]] = {
    "agent": ("agent", [MIDDLING]),
    "agent of the largest": ("agent", [LARGE]),
    "agent of the newest": ("agent", [NEW]),
    "dispatcher": ("dispatcher", [1]),
    "supervisor of three": ("supervisor", [3, 9, 14]),
    "supervisor of all": ("supervisor", []),
}
"""Who asks: their role, and the territories in which they have it; none stands for everywhere."""
KINDS = ("broadband", "building_services", "gas_meter", "hotel_wireless")
"""Of service: see the faults in `city.sql`."""
LOADED: tuple[LiteralString, ...] = (
    "accounts_user",
    "accounts_rolegrant",
    "tickets_site",
    "tickets_serviceaccount",
    "tickets_asset",
    "tickets_ticket",
    "tickets_visit",
    "tickets_ticketclock",
    "tickets_ticketevent",
    "tickets_note",
    "tickets_rating",
    "tickets_call",
    "tickets_callback",
    "notifications_notice",
    "tickets_outage",
)


def main() -> None:
    """Make it unless it is there."""
    import django  # only now, as it reads its settings from the environment
    from django.core.management import call_command

    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    from accounts.models import Territory

    if not Territory.objects.filter(code=code_of(LARGE)).exists():
        build(int(sys.argv[1]))
    print(orjson.dumps(tokens()).decode(), flush=True)


def code_of(number: int) -> str:
    """Of a territory."""
    return f"city-{number:02}"


def number_of(code: str) -> int:
    """Of the territory with this code."""
    return int(code.removeprefix("city-"))


def username_of(desk: str) -> str:
    """Of somebody in `DESKS`."""
    return "city-" + desk.replace(" ", "-")


def build(tickets: int) -> None:
    """All of it in one transaction: half a city would be taken for a whole one."""
    from django.db import connection, transaction

    from tickets.reports.services import rebuild

    with transaction.atomic():
        configure()
        load(cast("psycopg.Connection[Any]", connection.connection), tickets)
        step("reports", rebuild)
    with connection.cursor() as cursor:
        step("statistics", lambda: cursor.execute("VACUUM ANALYZE"))
        cursor.execute("CHECKPOINT")


def configure() -> None:
    """Kinds of service with their policy, territories, desks."""
    from accounts.models import RoleGrant, Territory, User
    from tickets.service_types.defaults import ensure_service_types

    ensure_service_types()
    places = [
        Territory.objects.create(code=code_of(number), name=english, name_zh=chinese, time_zone="Asia/Shanghai")
        for number, (english, chinese) in enumerate(OWN_WORDS)
    ]
    for desk, (role, numbers) in DESKS.items():
        person = User.objects.create_user(username_of(desk), name=desk.title())
        held: list[Territory | None] = [places[number] for number in numbers]
        for place in held or [None]:
            RoleGrant.objects.create(user=person, role=role, territory=place)


def tokens() -> dict[str, str]:
    """New ones, as those of the last time may have ended."""
    from accounts.models import User
    from accounts.signin.services import issue_token

    return {desk: issue_token(User.objects.get(username=username_of(desk))) for desk in DESKS}


def load(connection: psycopg.Connection[Any], tickets: int) -> None:
    """What is made by SQL."""
    parts = read_parts()
    for statement in QUICKLY:
        connection.execute(statement)
    connection.execute("SET CONSTRAINTS ALL IMMEDIATE")  # of the rows that the product has made
    connection.execute("SELECT setseed(0.4)")
    set_out(connection, tickets)
    connection.execute(parts["words"])
    indexes = ExitStack()
    for table in LOADED:
        indexes.enter_context(without_indexes(connection, table))
    step("customers", lambda: connection.execute(parts["sites, contracts, equipment, residents"]))
    edges = [tickets * number // SPANS for number in range(SPANS + 1)]
    for number, (before, last) in enumerate(pairwise(edges)):
        connection.execute(
            "UPDATE span SET chunk = %s, first_number = %s, last_number = %s", [number, before + 1, last]
        )
        step(f"tickets up to {last:,}", lambda: connection.execute(parts["tickets"]))
    step("indexes", indexes.close)
    step("outages", lambda: connection.execute(parts["outages"]))
    connection.execute("SET session_replication_role = origin")


def read_parts() -> dict[str, LiteralString]:
    """The parts of `city.sql`, by name."""
    text = Path(__file__).with_name("city.sql").read_text()
    _, *named = re.split(r"^--- (.+)\n", text, flags=re.MULTILINE)
    return cast("dict[str, LiteralString]", dict(zip(named[::2], named[1::2], strict=True)))


def set_out(connection: psycopg.Connection[Any], tickets: int) -> None:
    """The tables that `city.sql` takes as given."""
    from tickets.complaints.references import SEQUENCE, reference_for

    sites = tickets // 5
    connection.execute(
        "CREATE TEMP TABLE size AS SELECT %s AS tickets, %s AS sites, %s AS flats, %s AS territories, now() AS until, "
        "now() - interval '731 days' AS since",
        [tickets, sites, min(100, sites // len(OWN_WORDS)), len(OWN_WORDS)],
    )
    connection.execute("CREATE TEMP TABLE span AS SELECT 0 AS chunk, 0 AS first_number, 0 AS last_number")
    connection.execute("CREATE TEMP TABLE own_word (number int, code text, english text, chinese text, id uuid)")
    words = [(number, code_of(number), *words) for number, words in enumerate(OWN_WORDS)]
    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO own_word VALUES (%s, %s, %s, %s)", words)
    connection.execute(
        "UPDATE own_word SET id = place.id FROM accounts_territory AS place WHERE place.code = own_word.code"
    )
    connection.execute("CREATE TEMP TABLE kind (number int, code text, id uuid, policy_id uuid)")
    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO kind VALUES (%s, %s)", list(enumerate(KINDS)))
    connection.execute(
        "UPDATE kind SET id = its.id, policy_id = its.policy_id "
        "FROM tickets_servicetype AS its WHERE its.code = kind.code"
    )
    row = connection.execute("SELECT nextval(%s)", [SEQUENCE]).fetchone()
    first = row[0] if row else 0
    connection.execute("CREATE TEMP TABLE reference (number bigint PRIMARY KEY, reference text)")
    with connection.cursor() as cursor, cursor.copy("COPY reference FROM STDIN") as copy:
        for number in range(1, tickets + 1):
            copy.write_row((number, reference_for(first + number)))
    connection.execute("SELECT setval(%s, %s)", [SEQUENCE, first + tickets])


def step(what: str, do: Callable[[], object]) -> None:
    """Do it, and say how long that took."""
    begun = time.monotonic()
    do()
    print(f"{what}: {time.monotonic() - begun:.0f} s", flush=True)


if __name__ == "__main__":
    main()
