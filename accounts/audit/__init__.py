"""Reading the audit: who did what, as far as the reader may know. How it is written: `sync/audit/`."""
