from tests.routes.conftest import _early_in_the_morning, district

__all__ = ["_early_in_the_morning", "district"]
