"""The engine's own operations and documents, for the project's tables."""

from sync.conflicts import offline as conflicts
from sync.operations import offline as operations
from sync.writes import offline as writes

OPERATIONS = {**conflicts.OPERATIONS, **operations.OPERATIONS, **writes.OPERATIONS}
SCHEMAS = {**conflicts.SCHEMAS}
DOCUMENTS = {**conflicts.DOCUMENTS}
