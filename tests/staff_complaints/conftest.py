from tests.tickets.conftest import broadband, desk, ticket

__all__ = ["broadband", "desk", "ticket"]
