"""fieldsvc: the open backend for field service that goes on working without signal."""

__version__ = "0.1.0"
