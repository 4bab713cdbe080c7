"""The admin pages of the app, gathered for Django: each concept has its own."""

from tickets.calls import admin as calls
from tickets.clock import admin as clock
from tickets.complaints import admin as complaints
from tickets.service_types import admin as service_types
from tickets.sites import admin as sites
from tickets.visits import admin as visits

__all__ = ["calls", "clock", "complaints", "service_types", "sites", "visits"]
