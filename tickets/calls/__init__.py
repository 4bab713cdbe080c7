"""The call log: every call, in and out, as it was. What was written wrongly is corrected beside it."""
