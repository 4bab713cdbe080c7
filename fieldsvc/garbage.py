"""Python's collector of cyclic garbage, for processes that live long and read many rows at once."""

import gc


def collect_seldom() -> None:
    """To be called once all is loaded that the process needs."""
    gc.collect()
    gc.freeze()  # what is loaded stays: going through it cost 0.1 s, in the middle of somebody's request
    gc.set_threshold(50_000, 20, 100)  # in the middle of the work only where there is much: see `threads`
