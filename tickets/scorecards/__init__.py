"""Scorecards: by what technicians, agents and areas are judged, how much each counts, and from when until when."""
