"""Payments: cash in the technician's hand, transfers, and links to a payment provider."""
