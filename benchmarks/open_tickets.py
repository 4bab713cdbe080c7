"""`python -m benchmarks.open_tickets 20000`: so many open tickets, whose promises run, in ten territories.

Its database is that of `DATABASE_URL`, migrated. In each territory two are made by the commands of the product, one of
them with a technician who was sent there; all others are copies of these, whom no phone has yet. When they were
reported, see `scenarios/promises.py`.
"""

import sys
from datetime import timedelta
from uuid import UUID

from benchmarks.loading import QUICKLY

TERRITORIES = 10
MODELS = 2


def main() -> None:
    """Make them."""
    import django  # only now, as it reads its settings from the environment

    django.setup()
    from django.db import connection

    from benchmarks.dataset import copy_in_bulk

    made = [ticket_id for number in range(TERRITORIES) for ticket_id in models(number)]
    with connection.cursor() as cursor:
        for statement in QUICKLY:
            cursor.execute(statement)
        for ticket_id in made:
            copy_in_bulk(ticket_id, int(sys.argv[1]) // len(made) - 1)


def models(number: int) -> list[UUID]:
    """In one territory: a ticket with a technician who was sent there, and one that nobody has looked at."""
    from accounts.models import Role, RoleGrant, Territory, User
    from fieldsvc.time import now
    from sync.commands import Actor
    from tickets.clock.defaults import ensure_default_policy
    from tickets.complaints.services import open_ticket, triage_ticket
    from tickets.models import ServiceType, Site
    from tickets.visits.services import dispatch_visit

    code = f"promises-{number}"
    territory = Territory.objects.create(code=code, name=f"District {number}")
    kind = ServiceType.objects.create(code=code, name="Gas leak", name_zh="燃气泄漏", policy=ensure_default_policy())
    staff = {
        role: User.objects.create_user(f"{code}-{role}", name=f"{role} of {code}")
        for role in (Role.DISPATCHER, Role.SUPERVISOR, Role.TECHNICIAN)
    }
    for role, person in staff.items():
        RoleGrant.objects.create(user=person, role=role, territory=territory)
    desk, at = Actor(user=staff[Role.DISPATCHER]), now()
    tickets = []
    for flat in range(MODELS):
        site = Site.objects.create(territory=territory, name="Garden Court", address=f"{code}-{flat}")
        tickets.append(
            open_ticket(
                actor=desk,
                occurred_at=at,
                reported_at=at,
                service_type=kind.code,
                details={},
                title="Smell of gas in the kitchen",
                contact_name="Rosa Resident",
                contact_phone="+8613812345678",
                site_id=site.pk,
            )
        )
    sent = tickets[0].pk
    triage_ticket(actor=desk, occurred_at=at, ticket_id=sent)
    dispatch_visit(
        actor=desk,
        occurred_at=at,
        ticket_id=sent,
        technician_id=staff[Role.TECHNICIAN].pk,
        window_start=at,
        window_end=at + timedelta(minutes=59),
    )
    return [ticket.pk for ticket in tickets]


if __name__ == "__main__":
    main()
