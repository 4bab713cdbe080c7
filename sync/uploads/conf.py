"""What a deployment may decide about uploads, with its defaults.

```python
UPLOADS = {"MAX_BYTES": 10_000_000}
```
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadSettings:
    """The setting `UPLOADS`; its keys are these names in capitals. An unknown key is a TypeError, not a silence."""

    max_bytes: int = 25_000_000
    """How long one upload may be."""
    max_pixels: int = 50_000_000
    """Width times height of a picture: so much is decoded in memory, whatever the length of the file."""
    unfinished_for: timedelta = timedelta(hours=24)
    """How long an upload waits for its next chunk."""
    ended_for: timedelta = timedelta(days=7)
    """How long a finished upload waits for something to link it, and a rejected one to be asked about."""
    unfinished_per_person: int = 100
    """Uploads that one person may have begun and not finished."""
    bytes_per_person: int = 5_000_000_000
    """What the uploads of one person may come to that are not forgotten yet: with `ended_for`, of about a week."""


def upload_settings() -> UploadSettings:
    """The settings as they are now."""
    told: dict[str, Any] = getattr(settings, "UPLOADS", {})
    return UploadSettings(**{key.lower(): value for key, value in told.items()})
