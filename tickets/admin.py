"""The admin pages of the app, gathered for Django: each concept has its own."""

from tickets.clock import admin as clock
from tickets.complaints import admin as complaints
from tickets.service_types import admin as service_types
from tickets.sites import admin as sites
from tickets.visits import admin as visits

__all__ = ["clock", "complaints", "service_types", "sites", "visits"]
