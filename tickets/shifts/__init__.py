"""Who works where and when, as it was planned, and who is away: see docs/attendance.md."""
