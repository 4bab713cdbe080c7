"""The embedded PostgreSQL: a server of our own in a folder, for when `DATABASE_URL` is unset.

    os.environ["DATABASE_URL"] = ensure_running(Path(".data"))

The server belongs to the folder, not to a process: whoever asks first starts it, everyone who asks for
the same folder shares it, and it stops about two seconds after the last of them has ended, however they ended.

Reading path: `home` (the files and the locks), `programs` (which PostgreSQL, run as whom), `supervisor`
(the process that owns the server), `clients` (what everyone else calls).

Nothing here imports Django, so that `manage.py` can use it before the settings are read.
"""

from fieldsvc.postgres.clients import ensure_running, release, stop
from fieldsvc.postgres.programs import PostgresUnavailable

__all__ = ["PostgresUnavailable", "ensure_running", "release", "stop"]
