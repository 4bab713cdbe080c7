"""When did it happen? A phone's clock is a claim; this is what the server makes of it.

Preferred: the server's time at a contact in the same boot, plus the monotonic time elapsed since (or minus the time
until) that contact. Of several contacts the one that came through fastest is the truest: a delay on the way only adds.
Monotonic clocks cannot be set, only the boot ends them. Without such a contact: the wall clock, corrected by the skew
measured at this push. The claim and the correction are both kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

CORRECTED_ABOVE = timedelta(minutes=2)
"""A correction larger than this is flagged."""
LATE_ABOVE = timedelta(hours=4)
"""What arrives later than this after it happened is flagged for the supervisor."""
BULK_ABOVE = 30
"""A push of more operations than this at once is flagged for the supervisor."""
TOLERANCE = timedelta(seconds=5)
"""A time this far ahead of ours is a rounding of clocks, not a claim about the future."""
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a device says of a moment: its wall clock, its monotonic clock in ms, and the boot that clock belongs to."""

    wall: datetime
    monotonic_ms: int | None = None
    boot: str = ""

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> "Reading":
        """From the validated form of the wire."""
        return cls(data["wall"], data.get("monotonic_ms"), data.get("boot", ""))


@dataclass(frozen=True, slots=True)
class Anchor:
    """A contact in one boot: the device's monotonic clock beside the server's time."""

    monotonic_ms: int
    server_time: datetime

    def is_truer_than(self, other: "Anchor") -> bool:
        """Whether this contact was delayed less on its way than another of the same boot."""
        elapsed = timedelta(milliseconds=self.monotonic_ms - other.monotonic_ms)
        return self.server_time - other.server_time < elapsed


@dataclass(frozen=True, slots=True)
class DeviceClock:
    """The clock of one device during one push."""

    reading: Reading
    received_at: datetime
    anchors: Mapping[str, Anchor]
    """Earlier contacts by boot."""

    @property
    def skew(self) -> timedelta:
        """How far the device's wall clock is ahead of ours."""
        return self.reading.wall - self.received_at

    def occurred_at(self, captured: Reading) -> tuple[datetime, tuple[str, ...]]:
        """The corrected moment of something captured on this device, and what is suspicious about it."""
        corrected = self._corrected(captured)
        flags = []
        if abs(corrected - captured.wall) > CORRECTED_ABOVE:
            flags.append("clock_corrected")
        if corrected > self.received_at + TOLERANCE:
            flags.append("in_future")
        corrected = min(max(corrected, EARLIEST), self.received_at)
        if self.received_at - corrected > LATE_ABOVE:
            flags.append("late")
        return corrected, tuple(flags)

    def anchor(self, boot: str) -> Anchor | None:
        """The truest contact that we have had with this boot of the device, this push included."""
        known = self.anchors.get(boot)
        if boot != self.reading.boot or self.reading.monotonic_ms is None:
            return known
        present = Anchor(self.reading.monotonic_ms, self.received_at)
        return known if known and known.is_truer_than(present) else present

    def _corrected(self, captured: Reading) -> datetime:
        try:
            anchor = self.anchor(captured.boot) if captured.boot else None
            if anchor is not None and captured.monotonic_ms is not None:
                return anchor.server_time + timedelta(milliseconds=captured.monotonic_ms - anchor.monotonic_ms)
            return captured.wall - self.skew
        except OverflowError:
            return EARLIEST
