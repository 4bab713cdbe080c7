from tests.shifts.conftest import absence, shift

__all__ = ["absence", "shift"]
