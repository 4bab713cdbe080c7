"""Inspections: what falls due by a plan, and components that have served their time, raise tickets by themselves."""
