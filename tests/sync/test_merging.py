"""Two people change one document: what merges, what clashes (docs/sync.md, "Reconciliation")."""

from hypothesis import given
from hypothesis import strategies as st

from sync.conflicts.merge import merge_lines


def test_changes_to_different_lines_both_stand():
    base = "Router dead\nLine fine\nCabinet wet"
    office = "Router dead\nLine fine\nCabinet wet, dried 9 May"
    phone = "Router replaced\nLine fine\nCabinet wet"
    assert merge_lines(base, office, phone) == "Router replaced\nLine fine\nCabinet wet, dried 9 May"


def test_changes_to_the_same_line_do_not_merge():
    assert merge_lines("Valve leaks", "Valve leaks badly", "Valve was replaced") is None


def test_two_texts_where_there_was_none_both_stay():
    assert merge_lines("", "Called twice.", "Nobody home.") == "Called twice.\nNobody home."


def test_the_same_change_on_both_sides_is_one_change():
    assert merge_lines("a\nb", "a\nc", "a\nc") == "a\nc"


def test_a_finding_within_a_finding_is_one_of_its_own():
    assert merge_lines("", "Valve not broken", "broken") == "Valve not broken\nbroken"


def test_who_wrote_all_that_the_other_wrote_has_the_last_word():
    assert merge_lines("", "Called.\nNobody home.", "Nobody home.") == "Called.\nNobody home."
    assert merge_lines("", "Called.", "Called.\nNobody home.") == "Called.\nNobody home."


def test_how_a_device_ends_its_lines_is_no_change():
    assert merge_lines("a\r\nb\r\nc", "a\nb\nc, dry", "A\r\nb\r\nc\r\n") == "A\nb\nc, dry\n"


LINES = st.lists(st.sampled_from(["one", "two", "three", "", "水表"]), max_size=6).map("\n".join)


@given(LINES, LINES, LINES)
def test_a_merge_loses_no_line_that_either_side_added(base: str, office: str, phone: str):
    merged = merge_lines(base, office, phone)
    if merged is not None:
        added = (set(office.splitlines()) | set(phone.splitlines())) - set(base.splitlines())
        assert added - {""} <= set(merged.splitlines())


@given(LINES, LINES)
def test_a_side_that_changed_nothing_yields_to_the_other(base: str, changed: str):
    if base.strip() and changed != base:
        assert merge_lines(base, base, changed) == changed
