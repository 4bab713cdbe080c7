"""Who was there when they were planned to be, reckoned from what phones told: see docs/attendance.md."""
