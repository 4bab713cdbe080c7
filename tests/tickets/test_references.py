"""Reference numbers survive being read out over a bad line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.complaints.references import ALPHABET, read_reference, reference_for

numbers = st.integers(min_value=29**4, max_value=29**7)


@given(numbers)
def test_a_reference_is_understood_as_it_was_written(number: int) -> None:
    assert read_reference(reference_for(number)) == reference_for(number)


@given(numbers, numbers)
def test_two_numbers_never_share_a_reference(one: int, other: int) -> None:
    assert (reference_for(one) == reference_for(other)) == (one == other)


@given(numbers, st.data())
def test_one_wrong_character_is_noticed(number: int, data: st.DataObject) -> None:
    plain = reference_for(number).replace("-", "")
    position = data.draw(st.integers(0, len(plain) - 1))
    wrong = data.draw(st.sampled_from([letter for letter in ALPHABET if letter != plain[position]]))
    assert read_reference(plain[:position] + wrong + plain[position + 1 :]) is None


@given(numbers, st.data())
def test_two_exchanged_characters_are_noticed(number: int, data: st.DataObject) -> None:
    plain = list(reference_for(number).replace("-", ""))
    one = data.draw(st.integers(0, len(plain) - 2))
    plain[one], plain[one + 1] = plain[one + 1], plain[one]
    changed = plain[one] != plain[one + 1]
    assert (read_reference("".join(plain)) is None) == changed


def test_letters_that_sound_like_others_are_forgiven() -> None:
    reference = reference_for(29**4 + 5 * 29**3 + 8 * 29**2 + 1)
    assert reference == "158-01Q"
    for heard in ("158-01q", "158 01Q", "ISB OIQ", "isbo1q"):
        assert read_reference(heard) == reference


@pytest.mark.parametrize("text", ["", "158", "158-01!", "中文字符编号", "158-01QQ"])
def test_what_cannot_be_a_reference_is_none(text: str) -> None:
    assert read_reference(text) is None
