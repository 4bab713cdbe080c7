"""The passwords of the demonstration. They are in no database: only this backend knows them, and only in demo mode."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from accounts.models import User
from fieldsvc.demo.people import PASSWORD, STAFF

USERNAMES = frozenset(person.username for person in STAFF)


class DemoPasswords(ModelBackend):
    """Lets the demonstration's staff in with the one password that everybody knows.

    `settings.py` names it only when `DEMO` is on, so a database that was once a demonstration lets nobody in by it
    afterwards. Whoever was given a password of their own signs in with that one.
    """

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        if username not in USERNAMES or password != PASSWORD:
            return None
        person = User.objects.filter(username=username, is_active=True).first()
        return None if person is None or person.has_usable_password() else person
