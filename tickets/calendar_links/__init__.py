"""A technician's visits in the calendar app of their choice, by a private address: see docs/calendar.md."""
