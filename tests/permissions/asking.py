"""How somebody asks, over HTTP or by phone, and which sign stands for what they got."""

import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db import transaction

from sync.ids import uuid7
from tests.permissions.bodies import Raw
from tests.permissions.matrix import DONE, FORBIDDEN, HIDDEN, INVALID, ROUTES, UNKNOWN, Line
from tests.permissions.stage import Rows, Stage

API = "/api/v1"
ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
SIGNS = {400: INVALID, 401: UNKNOWN, 403: FORBIDDEN, 404: HIDDEN}
LINES = {str(line): line for line in ROUTES}
NOT_THEIRS = {
    "role_required",
    "not_your_visit",
    "not_your_ticket",
    "not_your_stock",
    "not_your_requisition",
    "not_your_attachment",
    "not_your_account",
    "own_recovery",
    "not_your_offer",
    "not_your_hand_over",
    "own_absence",
    "own_attendance",
    "own_installation",
}


@contextmanager
def undone() -> Iterator[None]:
    """What happens in the block has not happened after it."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def request(stage: Stage, role: str, line: Line, *, known: Collection[UUID] | None = None) -> Any:
    """The answer that this role gets to this line. All ids but the `known` ones give way to ids that nothing has."""
    method, path = line.what
    url = API + filled(stage, path)
    body = _plain(line.body(stage, stage.phones.get(role, stage.phones["neighbour"])))
    if known is not None:
        url, body = _with_other_ids(url, known), _with_other_ids(body, known)
    ask = getattr(stage.clients[role], method.lower())
    if isinstance(body, Raw):
        return ask(url, body.content, content_type=body.content_type, headers=body.headers)
    answer = ask(url, body)
    if answer.streaming:
        b"".join(answer.streaming_content)  # a file, closed when it has been read
    return answer


def sign(answer: Any) -> str:
    """How the matrix writes this answer; what it has no sign for is spelled out."""
    if 200 <= answer.status_code < 300:
        return DONE
    return SIGNS.get(answer.status_code) or f"{answer.status_code} {answer.content.decode()}"


def shown(answer: Any) -> tuple[int, dict[str, str], bytes]:
    """All that somebody sees of an answer, except for the request's id."""
    headers = {name: value for name, value in answer.items() if name != "X-Request-ID"}
    return answer.status_code, headers, answer.content


def push(stage: Stage, role: str, line: Line, *, known: Collection[UUID] | None = None) -> dict[str, Any]:
    """What this person's phone hears of an operation of this line, without the operation's id. `known` as above."""
    kind, *about = line.what
    phone = stage.phones[role]
    data = _plain(line.body(stage, phone))
    for name, value in (word.split("=") for word in about):
        data[name] = filled(stage, value)
    operation = phone.does(kind, **(data if known is None else _with_other_ids(data, known)))
    phone.push()
    phone.outbox.clear()
    return {name: value for name, value in phone.answers.pop(operation["id"]).items() if name != "id"}


def sign_of_result(result: dict[str, Any]) -> str:
    """How the matrix writes the result of an operation."""
    if result["status"] in ("applied", "merged", "conflict"):
        return DONE
    if result["code"] in NOT_THEIRS:
        return FORBIDDEN
    if result["code"] == "not_found":
        return HIDDEN
    return INVALID if "errors" in result else str(result)


def filled(stage: Stage, template: str) -> str:
    """The template with what its braces name."""
    return template.format_map(_Names(stage))


def hidden_from(role: str, rows: Rows) -> set[UUID]:
    """The ids of those rows of the stage that do not exist for this person, by the matrix."""
    return {pk for line, ids in rows.items() if LINES[line].cells[role] in (HIDDEN, UNKNOWN) for pk in ids}


def visible_to(role: str, rows: Rows) -> set[UUID]:
    """The ids of all others."""
    return {pk for ids in rows.values() for pk in ids} - hidden_from(role, rows)


class _Names(dict[str, str]):
    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self.stage = stage

    def __missing__(self, name: str) -> str:
        return str(self.stage.named(name))


def _plain(value: Any) -> Any:
    """As JSON will have it."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, UUID) else value


def _with_other_ids(value: Any, known: Collection[UUID]) -> Any:
    if isinstance(value, dict):
        return {key: _with_other_ids(item, known) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_other_ids(item, known) for item in value]
    if isinstance(value, str):
        return ID.sub(lambda found: found[0] if UUID(found[0]) in known else str(uuid7()), value)
    return value
