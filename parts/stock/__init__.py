"""The ledger: immutable movements, and what follows from them."""
