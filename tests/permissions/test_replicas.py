"""Law 4, no leak: what a phone carries after its first sync, and what reaches a stranger's at any time."""

from collections.abc import Iterator

import pytest

from fieldsvc.wiring import DOCUMENTS as COLLECTIONS
from tests.permissions.asking import API, hidden_from
from tests.permissions.matrix import DOCUMENTS, DONE
from tests.permissions.stage import PEOPLE, STRANGERS, Stage
from tests.phone import fresh_phone


def test_every_collection_is_in_the_matrix_and_no_other():
    assert {line.what[0] for line in DOCUMENTS} == COLLECTIONS.keys()


@pytest.mark.parametrize("role", PEOPLE)
def test_a_phone_carries_what_concerns_its_owner_and_nothing_that_they_could_not_open(stage: Stage, role: str):
    phone = fresh_phone(getattr(stage.people, role))
    carried = {str(line): phone.document(line.what[0], stage.named(line.subject)) is not None for line in DOCUMENTS}
    assert carried == {str(line): line.cells[role] == DONE for line in DOCUMENTS}
    assert {doc_id for _, doc_id in phone.replica()} & {str(pk) for pk in hidden_from(role, stage.rows())} == set()


def pages(stage: Stage, role: str, cursor: str = "") -> Iterator[tuple[str, str]]:
    """What comes over the wire, tombstones and all: each page's text with the cursor after it."""
    more = True
    while more:
        answer = stage.clients[role].get(f"{API}/sync/changes", {"cursor": cursor} if cursor else {})
        page = answer.json()
        cursor, more = page["cursor"], page["more"]
        yield answer.content.decode(), cursor


@pytest.mark.parametrize("role", STRANGERS)
def test_nothing_of_it_ever_goes_to_a_strangers_phone(stage: Stage, role: str):
    [(first, cursor)] = pages(stage, role)
    assert first.count('"doc"') > 3, "a stranger has something of their own"
    stage.play_on()
    [(later, _)] = pages(stage, role, cursor)
    for pk in hidden_from(role, stage.rows()):
        assert str(pk) not in first + later
