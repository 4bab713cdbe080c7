"""How long the tests look that draw their cases at random: `LOOK_LONGER=20` looks twenty times as long."""

import os


def examples(count: int) -> int:
    """So many in `make test`, where each new look costs everybody time; many more for whoever wants to be sure."""
    return round(count * float(os.environ.get("LOOK_LONGER", "1")))
