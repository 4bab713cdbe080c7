"""Who is shown how customers are reached: telephone numbers and e-mail addresses, wherever they stand.

| reader | is shown |
|---|---|
| agents, dispatchers, supervisors | all that they see: they call people back |
| technicians | those of a ticket that they follow, until it is closed or cancelled |
| residents | their own; of anybody else's the last four digits |
| administrators and everybody else who sees the row | masked: recognised, not read |

Here stands what depends on the person alone; what else there is to know of a row, its own serializer adds (`shows`).
How people who work here are reached is no secret among them. Nobody finds by a number what they are shown masked.
"""

from typing import Any

from rest_framework.filters import SearchFilter
from rest_framework.request import Request

from accounts.people.masking import masked
from accounts.people.models import DESK, User
from sync.http import actor_of
from sync.serializing import Output


def reads_contacts(user: User) -> bool:
    """Whether it is this person's work to reach customers."""
    return user.has_role(*DESK)


class WithContacts(Output):
    """Masks the fields that `CONTACTS` names for those who need them not. To stand before the framework's own.

    The context says who reads: the `viewer`, or the `request`. What is made for an `audience` (the kind of a scope) is
    made for those who need it. Where nothing is said, contacts are masked.
    """

    CONTACTS: frozenset[str]

    @property
    def viewer(self) -> User | None:
        """Who reads this, if it is somebody in particular."""
        viewer: User | None = self.context.get("viewer") or getattr(self.context.get("request"), "user", None)
        return viewer

    def shows(self, row: Any) -> bool:
        """Whether the reader needs the contacts of this row."""
        return "audience" in self.context if self.viewer is None else reads_contacts(self.viewer)

    def to_representation(self, row: Any) -> dict[str, Any]:
        body = super().to_representation(row)
        if not self.shows(row):
            body.update({name: masked(body[name]) for name in self.CONTACTS if name in body})
        return body


class SearchBySight(SearchFilter):
    """Looks through `search_fields`, and through `contact_search_fields` for whoever is shown what stands there."""

    def get_search_fields(self, view: Any, request: Request) -> list[str]:
        """Those in which this reader may look."""
        of_contacts = getattr(view, "contact_search_fields", [])
        fields = super().get_search_fields(view, request) or []
        return [*fields, *(of_contacts if of_contacts and reads_contacts(actor_of(request).user) else [])]
