"""`manage.py demo_accounts`: how to sign in to the demonstration, for people and for scripts."""

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from accounts.signin.services import issue_token
from fieldsvc.demo.people import PASSWORD, RESIDENTS, STAFF, DemoPerson


class Command(BaseCommand):
    help = "List the people of the demonstration and how they sign in; with --json for scripts, a fresh token each."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--json", action="store_true", help="username, phone, name, role, territory and a fresh token"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("There are no demo accounts: this is not a demonstration (DEMO is off).")
        accounts = [(person, _user(person)) for person in (*STAFF, *RESIDENTS)]
        if options["json"]:
            listed = [_as_json(person, user) for person, user in accounts]
            self.stdout.write(json.dumps(listed, ensure_ascii=False, indent=2))
            return
        for line in _table([person for person, _ in accounts]):
            self.stdout.write(line)


def _user(person: DemoPerson) -> User:
    user = User.objects.filter(username=person.username or None, phone=person.phone or None).first()
    if user is None:
        raise CommandError(f"{person.name} is not there. Run manage.py load_demo first.")
    return user


def _as_json(person: DemoPerson, user: User) -> dict[str, str | None]:
    return {
        "username": user.username,
        "phone": user.phone,
        "name": user.name,
        "role": person.role,
        "territory": ",".join(person.territories) or None,
        "token": issue_token(user),
    }


def _table(people: list[DemoPerson]) -> list[str]:
    rows = [(person.username or person.phone, person.role.value, _where(person), person.name) for person in people]
    heads = ("sign in as", "role", "territory", "name")
    widths = [max(len(row[column]) for row in [heads, *rows]) for column in range(3)]
    lines = [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]])
        for row in [heads, *rows]
    ]
    return [
        *lines,
        "",
        f"Staff sign in with their username and the password {PASSWORD}",
        "Residents sign in with their phone; the one-time code appears in the server's log.",
    ]


def _where(person: DemoPerson) -> str:
    match person.territories:
        case ():
            return "everywhere"
        case (territory,):
            return territory
        case _:
            return "New York"
