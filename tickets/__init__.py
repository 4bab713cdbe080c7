"""Complaints, from the first ring of the phone to closed for good: intake, sites, the response clock, visits."""
