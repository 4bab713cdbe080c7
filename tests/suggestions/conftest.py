from tests.routes.conftest import district

__all__ = ["district"]
