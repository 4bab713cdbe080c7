"""The offline engine: operations that phones send, the feed that they pull, conflicts, device clocks.

It knows no ticket and no part. A project declares its operations and documents in two tables and names them in
the setting `SYNC`; see `sync/registry.py`, and `docs/sync.md` for the contract with the phones.
"""
