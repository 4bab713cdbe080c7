"""Python's collector of cyclic garbage, for processes that read many rows at once."""

import gc

LITTLE = 5_000
"""Objects that are no matter for the next one who has to look for garbage."""


def look_seldom() -> None:
    """In the middle of the work only where there is much: rows are no garbage in circles, and looking for some was a
    twentieth of a push, and a quarter of migrating."""
    gc.set_threshold(50_000, 20, 100)


def keep_what_is_loaded() -> None:
    """To be called once all is loaded that the process needs: going through it cost 0.1 s, in the middle of somebody's
    request."""
    gc.collect()
    gc.freeze()
    look_seldom()


def look_between_answers() -> None:
    """Rows that know each other, as what was prefetched does, are garbage in circles. Between two answers it is found
    in 4 ms; left to itself it is looked for in the middle of one, and what is older by then for 0.2 s."""
    if gc.get_count()[0] > LITTLE:
        gc.collect(0)
