"""What a template may leave to the ticket to say. A closed list: any other placeholder is refused when it is saved."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from string import Formatter
from zoneinfo import ZoneInfo

from accounts.models import User
from fieldsvc.errors import Invalid
from tickets.complaints.models import Ticket
from tickets.complaints.telling import resolution_texts
from tickets.visits.models import Visit
from tickets.visits.names import first_name

Texts = tuple[str, str]
"""English, Chinese."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a message is about, and who writes it."""

    ticket: Ticket
    visit: Visit | None
    writer: User

    def written(self, moment: datetime | None) -> str:
        """In the time zone of the territory."""
        zone = ZoneInfo(self.ticket.territory.time_zone)
        return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M") if moment else ""


def _both(text: str) -> Texts:
    return text, text


def _service(subject: Subject) -> Texts:
    service = subject.ticket.service_type
    return service.name, service.name_zh or service.name


def _desk(subject: Subject) -> Texts:
    territory = subject.ticket.territory
    return territory.name, territory.name_zh or territory.name


def _resolution(subject: Subject) -> Texts:
    texts = resolution_texts(subject.ticket)
    return texts["resolution"], texts["resolution_zh"]


PLACEHOLDERS: dict[str, tuple[str, Callable[[Subject], Texts]]] = {
    "reference": ("number of the ticket", lambda subject: _both(subject.ticket.reference)),
    "name": ("whom we write to", lambda subject: _both(subject.ticket.contact_name)),
    "service": ("kind of service", _service),
    "address": (
        "where it is",
        lambda subject: _both(", ".join(filter(None, (subject.ticket.complex, subject.ticket.address)))),
    ),
    "window_start": (
        "when the next visit begins at the earliest",
        lambda subject: _both(subject.written(subject.visit.window_start if subject.visit else None)),
    ),
    "window_end": (
        "and at the latest",
        lambda subject: _both(subject.written(subject.visit.window_end if subject.visit else None)),
    ),
    "technician": (
        "who comes, by first name",
        lambda subject: _both(first_name(subject.visit.technician.name) if subject.visit else ""),
    ),
    "resolution": ("how the fault was ended", _resolution),
    "confirm_until": (
        "until when the resident may reopen it",
        lambda subject: _both(subject.written(subject.ticket.confirm_until)),
    ),
    "desk": ("name of the territory", _desk),
    "agent": ("who writes", lambda subject: _both(subject.writer.name)),
}
"""By name: what it stands for, and how a ticket says it."""


def check(text: str, *, field: str) -> None:
    """Raises Invalid("template_not_valid"), Invalid("placeholder_unknown") with those that are `allowed`."""
    try:
        parsed = list(Formatter().parse(text))
    except ValueError as error:
        raise Invalid("template_not_valid", f"Write a brace that is none twice: {error}.", field=field) from error
    for _, name, form, conversion in parsed:
        if name is not None and (name not in PLACEHOLDERS or form or conversion):
            raise Invalid(
                "placeholder_unknown", f"There is no placeholder {{{name}}}.", field=field, allowed=sorted(PLACEHOLDERS)
            )


def names_in(text: str) -> set[str]:
    """The placeholders of a text that was checked."""
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def fill(text: str, text_zh: str, subject: Subject) -> tuple[Texts, list[str]]:
    """Both texts as the ticket fills them in, and the names of placeholders for which it has nothing to say yet."""
    said = {name: PLACEHOLDERS[name][1](subject) for name in names_in(text) | names_in(text_zh)}
    english, chinese = ({name: texts[language] for name, texts in said.items()} for language in (0, 1))
    missing = sorted(name for name, texts in said.items() if not any(texts))
    return (text.format_map(english), text_zh.format_map(chinese)), missing
