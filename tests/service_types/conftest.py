from tests.clock.conftest import report, service_type

__all__ = ["report", "service_type"]
