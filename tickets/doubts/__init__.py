"""How far check-ins can be trusted, and why not: see docs/check-ins.md."""
