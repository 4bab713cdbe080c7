"""Territories and skills: who can be sent where, and for what."""
