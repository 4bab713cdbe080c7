"""The engine's own operations and documents, for the project's tables."""

from sync.conflicts import offline as conflicts

OPERATIONS = {**conflicts.OPERATIONS}
DOCUMENTS = {**conflicts.DOCUMENTS}
