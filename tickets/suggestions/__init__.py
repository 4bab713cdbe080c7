"""Whom to send to a ticket, with the reasons; and sending them without being asked, where that is configured."""
