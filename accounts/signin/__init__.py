"""Signing in and out: one-time codes for residents, passwords for staff, a revocable token for each device."""
