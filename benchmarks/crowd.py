"""`python -m benchmarks.crowd 10000 200 1`: so many technicians of one territory, tickets, and dispatchers.

Its database is that of `DATABASE_URL`, migrated. Says in its last line, as JSON, the tokens of technicians and
dispatchers, and ids of technicians and tickets.
"""

import sys

import orjson


def main() -> None:
    """Make them."""
    import django  # only now, as it reads its settings from the environment

    django.setup()
    from django.db import connection
    from knox.models import get_digest_token

    from accounts.models import DeviceToken, Role, RoleGrant, Territory, User
    from accounts.signin.services import issue_token, token_ttl
    from benchmarks.dataset import copy_in_bulk
    from fieldsvc.time import now
    from sync.commands import Actor
    from tickets.clock.defaults import ensure_default_policy
    from tickets.complaints.services import open_ticket, triage_ticket
    from tickets.models import ServiceType, Site, Ticket

    people, tickets, desks = map(int, sys.argv[1:])
    at = now()
    territory = Territory.objects.create(code="crowd", name="The whole city")
    dispatchers = [User.objects.create_user(f"desk-{number}", name=f"Dispatcher {number}") for number in range(desks)]
    for person in dispatchers:
        RoleGrant.objects.create(user=person, role=Role.DISPATCHER, territory=territory)
    technicians = [User(username=f"crowd-{number}", name=f"Technician {number}") for number in range(people)]
    User.objects.bulk_create(technicians)
    RoleGrant.objects.bulk_create(
        RoleGrant(user=person, role=Role.TECHNICIAN, territory=territory) for person in technicians
    )
    until = at + token_ttl(dispatchers[0])
    tokens = [get_digest_token() for _ in technicians]
    DeviceToken.objects.bulk_create(
        DeviceToken(digest=digest, token_key=raw[:15], user=person, expiry=until)
        for person, (digest, raw) in zip(technicians, tokens, strict=True)
    )
    kind = ServiceType.objects.create(code="crowd", name="Gas leak", name_zh="燃气泄漏", policy=ensure_default_policy())
    desk = Actor(user=dispatchers[0])
    ticket = open_ticket(
        actor=desk,
        occurred_at=at,
        service_type=kind.code,
        details={},
        title="Smell of gas in the kitchen",
        contact_name="Rosa Resident",
        contact_phone="+8613812345678",
        site_id=Site.objects.create(territory=territory, name="Garden Court", address="3-201").pk,
    )
    triage_ticket(actor=desk, occurred_at=at, ticket_id=ticket.pk)
    copy_in_bulk(ticket.pk, tickets - 1)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    made = {
        "desks": [issue_token(person) for person in dispatchers],
        "tokens": [raw for _, raw in tokens],
        "technicians": [person.pk for person in technicians],
        "tickets": list(Ticket.objects.filter(territory=territory).values_list("pk", flat=True)),
    }
    print(orjson.dumps(made).decode(), flush=True)


if __name__ == "__main__":
    main()
