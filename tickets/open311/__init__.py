"""Open311 GeoReport v2: the door for civic apps. See docs/open311.md."""
