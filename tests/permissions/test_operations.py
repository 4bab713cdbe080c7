"""The other door: an operation of a phone is judged like the same request, and a stranger's writes nothing."""

import pytest

from fieldsvc.wiring import OPERATIONS as KINDS
from tests.permissions.asking import push, sign_of_result, undone, visible_to
from tests.permissions.matrix import DONE, HIDDEN, INVALID, OPERATIONS, Line
from tests.permissions.stage import OF_THE_CONTACT, PEOPLE, Stage, Standing


def test_every_kind_of_operation_is_in_the_matrix_and_no_other():
    assert {line.what[0] for line in OPERATIONS} == KINDS.keys()


@pytest.fixture(scope="module")
def standing(lasting_stage: Stage) -> Standing:
    return Standing(besides=OF_THE_CONTACT)


@pytest.mark.parametrize("line", OPERATIONS, ids=str)
def test_every_phone_hears_what_its_owners_role_allows(stage: Stage, standing: Standing, line: Line):
    """A refusal leaves nothing behind; what does not exist for somebody is refused like what does not exist at all."""
    rows = stage.rows()
    surprises = {}
    for role in PEOPLE:
        with undone():
            writes = standing.writes()
            result = push(stage, role, line)
            got, expected = sign_of_result(result), line.cells[role]
            if got != expected:
                surprises[role] = f"{got} instead of {expected}: {result}"
            elif got != DONE:
                assert standing.is_as_it_was(writes=writes), f"{role} was refused, and something was written"
        if got == expected and got in (HIDDEN, INVALID):
            there_is_none = push(stage, role, line, known=visible_to(role, rows))
            assert result == there_is_none, f"{role} can tell that there is something"
    assert surprises == {}
