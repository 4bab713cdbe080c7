"""Requisitions: somebody asks for parts, somebody else approves, and a transfer brings them."""
