"""Faults that many report at once: proposed, accepted, rejected, resolved."""
